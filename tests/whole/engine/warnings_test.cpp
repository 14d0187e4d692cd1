// What a node warned of is told at the end of the run, of every later run that takes its result, and below tables.
#include <gmock/gmock.h>

#include <csignal>

#include "events/event_log.h"
#include "events/run_state.h"
#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSummary = "2 warnings from 2 nodes:\n  score{seed=2} and 1 more: seed 2 is doubtful\n";

/// Three seeds, of which two are doubtful, and a table of them.
void write_graph(Workshop& shop) {
  shop.graph(
      {{"hello", {{"type", "test.text"}}},
       {"score", {{"type", "test.score"}, {"inputs", {{"from", "hello"}}}, {"params", {{"warn_from_seed", 2}}}}}},
      {{"sweep", {{"replicate", {{"seed", {1, 2, 3}}, {"nodes", {"score"}}}}}},
       {"tables", {{{"title", "Scores"}, {"node", "score"}, {"metrics", {"score"}}, {"rows", Json::array()}}}}});
}

TEST(Warnings, AreSummedUpAtTheEndOfTheRunAndOfEveryLaterOne) {
  Workshop shop;
  write_graph(shop);
  const Outcome first = shop.retort({"run", "g.json"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr(kSummary));
  EXPECT_THAT(first.err, HasSubstr("score{seed=3}: warning: seed 3 is doubtful\n"));
  for (int again = 0; again < 2; ++again) {
    const Outcome later = shop.retort({"run", "g.json"});
    EXPECT_THAT(later.out, HasSubstr(kSummary)) << "results that are there carry what they were warned of";
    EXPECT_THAT(later.err, Not(HasSubstr("doubtful"))) << "it is no news";
  }
  EXPECT_THAT(shop.retort({"show", "score{seed=3}"}).out, HasSubstr("\nwarning    seed 3 is doubtful\n"));
  const Json json = Json::parse(shop.retort({"run", "g.json", "--json"}).out);
  EXPECT_EQ(json["warnings"], Json::parse(R"([{"node": "score{seed=2}", "text": "seed 2 is doubtful"},
                                              {"node": "score{seed=3}", "text": "seed 3 is doubtful"}])"));
}

TEST(Warnings, AreCountedBelowATable) {
  Workshop shop;
  write_graph(shop);
  EXPECT_EQ(shop.retort({"run", "g.json"}).code, 0);
  EXPECT_THAT(shop.retort({"table", "g.json"}).out,
              HasSubstr("! 2 of 3 results of this table carry warnings, their own or of what they were made from:\n"
                        "!   score (2 of 3): seed 2 is doubtful\n"));
  const Json json = Json::parse(shop.retort({"table", "g.json", "--json"}).out);
  EXPECT_EQ(json[0]["warnings"]["carrying"], 2);
  EXPECT_EQ(json[0]["warnings"]["results"], 3);
  EXPECT_THAT(shop.retort({"run", "g.json", "--set", "score.warn_from_seed=9"}).out, Not(HasSubstr("warning")));
}

TEST(Warnings, OfWhatAResultWasMadeFromCountToo) {
  Workshop shop;
  shop.graph({{"doubted", {{"type", "test.misbehave"}, {"params", {{"how", "not_at_all"}}}}},
              {"score", {{"type", "test.score"}, {"inputs", {{"from", "doubted"}}}}}},
             {{"tables", {{{"title", "Scores"}, {"node", "score"}, {"metrics", {"score"}}, {"rows", Json::array()}}}}});
  EXPECT_THAT(shop.retort({"run", "g.json"}).out,
              HasSubstr("! 1 of 1 results of this table carry warnings, their own or of what they were made from:\n"
                        "!   doubted (1 of 1): nothing went wrong\n"));
}

TEST(Warnings, StandOnThePageOfTheGraphAndOfEachRun) {
  Workshop shop;
  write_graph(shop);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shop.retort({"run", "g.json"}).code, 0);  // computed, planned, of a kept plan
  std::vector<std::string> subjects = {"g.json"};
  for (const auto& run : fs::directory_iterator(shop.store_root / "runs")) subjects.push_back(run.path().filename());
  EXPECT_EQ(subjects.size(), 4u);
  for (const auto& subject : subjects) {
    EXPECT_EQ(shop.retort({"report", subject, "-o", "page.html"}).code, 0);
    EXPECT_THAT(read_file(shop.folder / "page.html"),
                ::testing::ContainsRegex("\"warnings\":\\[\"score.seed=[23]. and 1 more: seed [23] is doubtful\"\\]"))
        << subject;
  }
}

TEST(Warnings, SurviveAKillBetweenThemAndTheEnd) {
  Workshop shop;
  shop.graph({{"train",
               {{"type", "test.train"},
                {"params", {{"epochs", 200}, {"milliseconds", 10}, {"warn_at", 3}, {"save_every", 1}}}}}});
  const pid_t child = shop.start({"run", "g.json", "--plain"});
  while (shop.said().find("is doubtful") == std::string::npos) usleep(10000);
  usleep(300000);  // some saves later
  kill(child, SIGKILL);
  shop.finish(child);
  const Outcome outcome = shop.retort({"run", "g.json", "--set", "train.milliseconds=0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, Not(HasSubstr("is doubtful"))) << "it went on behind that epoch";
  EXPECT_THAT(outcome.out, HasSubstr("1 warning from 1 node:\n  train: epoch 3 is doubtful\n"));
}

}  // namespace
}  // namespace retort
