// Whole runs of the real command with real workers.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

Json chain() {
  return {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}},
          {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}},
          {"again", {{"type", "test.copy"}, {"inputs", {{"from", "copy"}}}, {"params", {{"suffix", "?"}}}}}};
}

TEST(Run, ComputesOnceAndNeverAgain) {
  Workshop shop;
  shop.graph(chain());
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "done"}, {"copy", "done"}, {"again", "done"}}));
  EXPECT_EQ(shop.text("again"), "hi!?");
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}, {"again", "hit"}}));
}

TEST(Run, AChangedParameterRunsWhatHangsOnIt) {
  Workshop shop;
  shop.graph(chain());
  shop.run();
  EXPECT_EQ(shop.run({"--set", "copy.times=2"}),
            (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "done"}, {"again", "done"}}));
  EXPECT_EQ(shop.text("again"), "hi!!?");
}

TEST(Run, EqualBytesCutOff) {
  Workshop shop;
  shop.graph(chain());
  shop.run({"--set", "copy.times=0"});
  // Another suffix nought times: another key, the same bytes.
  EXPECT_EQ(shop.run({"--set", "copy.times=0", "--set", "copy.suffix=abc"}),
            (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "done"}, {"again", "hit"}}));
}

TEST(Run, WhatCannotChangeResultsRunsNothing) {
  Workshop shop;
  shop.graph(chain());
  shop.run();
  EXPECT_EQ(shop.run({"--set", "hello.log_every=50"})["hello"], "hit");
}

TEST(Run, WhatPrintsNothingLeavesNoLog) {
  Workshop shop;
  shop.graph(chain());
  shop.run();
  const fs::path run = fs::directory_iterator(shop.store_root / "runs")->path();
  EXPECT_EQ(shop.retort({"log", "--node", "hello"}).out, "wrote 2 bytes\n");
  EXPECT_FALSE(fs::exists(run / "copy.log"));  // it became that of the next
  EXPECT_EQ(read_file(run / "again.log"), "");
  for (const char* quiet : {"copy", "again"}) {
    const Outcome log = shop.retort({"log", "--node", quiet});
    EXPECT_EQ(log.code, 0);
    EXPECT_EQ(log.out + log.err, "");
  }
  shop.run();
  const Outcome log = shop.retort({"log", "--node", "copy"});
  EXPECT_EQ(log.code, 2);
  EXPECT_THAT(log.err, HasSubstr("\"copy\" did not run in run "));
}

TEST(Run, EqualNodesAreOneJob) {
  Workshop shop;
  shop.graph({{"a", {{"type", "test.sleep"}, {"params", {{"steps", 5}}}}},
              {"b", {{"type", "test.sleep"}, {"params", {{"steps", 5}}}}}});
  const Json result = shop.run();
  EXPECT_EQ(result["status"], "done");
  EXPECT_EQ(shop.store().keys().size(), 1u);
  const std::string both = result["a"].get<std::string>() + " " + result["b"].get<std::string>();
  EXPECT_THAT(both, ::testing::AnyOf("done hit", "hit done"));
}

TEST(Run, AFailureSkipsWhatHangsOnItAndTheRestGoesOn) {
  Workshop shop;
  shop.graph({{"bad", {{"type", "test.misbehave"}}},
              {"below", {{"type", "test.copy"}, {"inputs", {{"from", "bad"}}}}},
              {"other", {{"type", "test.text"}}}});
  const Json result = shop.run({}, 1);
  EXPECT_EQ(result, (Json{{"status", "failed"},
                          {"bad", "failed"},
                          {"below", "skipped"},
                          {"other", "done"},
                          {"error", {{"kind", "data"}, {"text", "the data are bad"}}}}));
  EXPECT_EQ(shop.run({}, 1)["bad"], "failed") << "a failure is never remembered as a result";
  EXPECT_EQ(shop.run({"--set", "bad.how=not_at_all"})["below"], "done");
}

struct Failure {
  const char *how, *kind, *text;
};
class RunFailure : public ::testing::TestWithParam<Failure> {};

TEST_P(RunFailure, IsNamedByItsKind) {
  Workshop shop;
  shop.graph(
      {{"bad", {{"type", "test.misbehave"}, {"params", {{"how", GetParam().how}}}}}, {"ok", {{"type", "test.text"}}}});
  const Json result = shop.run({}, GetParam().kind == std::string("store") ? 4 : 1);
  EXPECT_EQ(result["error"]["kind"], GetParam().kind);
  EXPECT_THAT(result["error"]["text"].get<std::string>(), HasSubstr(GetParam().text));
  EXPECT_EQ(result["ok"], "done");
}

INSTANTIATE_TEST_SUITE_P(
    All, RunFailure,
    ::testing::Values(
        Failure{"exception", "internal", "something unexpected"},
        Failure{"nan", "not_a_number", "the loss is nan at step 3"}, Failure{"memory", "memory", "host memory ran out"},
        Failure{"thread_memory", "memory", "the worker died, killed by SIGABRT"},
        Failure{"device_memory", "device_memory", "CUDA out of memory"},
        Failure{"device_fault", "device", "CUDA error: an illegal memory access"},
        Failure{"crash", "lost", "the worker died, killed by SIGSEGV (Segmentation fault), while the node ran"},
        Failure{"exit", "lost", "the worker died, exit code 7, while the node ran"},
        Failure{"lose", "internal", "output file \"large.txt\" was written and is gone"},
        Failure{"cut", "internal", "output file \"large.txt\" was written with 50000 bytes and has 7 now"},
        Failure{"full", "store", "large.txt at byte 400000: File too large"},
        Failure{"full_quietly", "store", "large.txt at byte 400000: File too large"}),
    [](const auto& one) { return one.param.how; });

TEST(Run, ACrashShowsTheLastLinesOfTheLogAndTheNextJobGetsAFreshWorker) {
  Workshop shop;
  shop.graph({{"bad", {{"type", "test.misbehave"}, {"params", {{"how", "crash"}}}}}, {"ok", {{"type", "test.sleep"}}}});
  const Json result = shop.run({"--slots", "1"}, 1);
  EXPECT_THAT(result["error"]["text"].get<std::string>(), HasSubstr("\nabout to fail: crash"));
  EXPECT_EQ(result["ok"], "done");
  const Outcome log = shop.retort({"log", "--node", "bad"});
  EXPECT_EQ(log.out, "about to fail: crash\n--- try 2 ---\nabout to fail: crash\n");
}

TEST(Run, ACrashWhileLoadingIsSaidSo) {
  Workshop shop;
  shop.graph({{"bad", {{"type", "test.misbehave"}, {"params", {{"how", "not_at_all"}}}}}});
  const Outcome outcome = shop.retort({"run", "g.json"}, [] { setenv("RETORT_TEST_CRASH_ON_LOAD", "1", 1); });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("bad: failed (lost): the worker died, killed by SIGSEGV (Segmentation fault), while "
                        "opening plugins and inputs"));
}

TEST(Run, ASourceFileThatChangedRunsAgainAndItsPathDoesNotMatter) {
  Workshop shop;
  write_file(shop.folder / "a.txt", "one");
  shop.graph({{"read", {{"type", "test.read"}, {"params", {{"file", "a.txt"}}}}}});
  EXPECT_EQ(shop.run()["read"], "done");
  EXPECT_EQ(shop.run()["read"], "hit");
  write_file(shop.folder / "a.txt", "two");
  EXPECT_EQ(shop.run()["read"], "done");
  EXPECT_EQ(shop.text("read"), "two");
  write_file(shop.folder / "a.txt", "one");
  EXPECT_EQ(shop.run()["read"], "hit") << "its first result is still there";
}

TEST(Run, AFileThatChangesWhileItIsReadLeavesNoResultUnderTheOldKey) {
  Workshop shop;
  write_file(shop.folder / "a.txt", "one");
  shop.graph({{"read", {{"type", "test.read"}, {"params", {{"file", "a.txt"}, {"spoil", true}}}}}});
  const Json result = shop.run({}, 1);
  EXPECT_EQ(result["error"]["text"], "a file it reads changed meanwhile: its result was dropped; run again");
  EXPECT_TRUE(shop.store().keys().empty());
}

TEST(Run, ATimeLimitEndsANode) {
  Workshop shop;
  shop.graph(
      {{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}, {"timeout", 0.3}}}});
  const Json result = shop.run({}, 1);
  EXPECT_EQ(result["error"], (Json{{"kind", "timeout"}, {"text", "stopped after its limit of 0.3 s"}}));
}

TEST(Run, SaysWhatToTypeNext) {
  Workshop shop;
  shop.graph(chain());
  EXPECT_THAT(shop.retort({"run", "g.json"}).out, HasSubstr("\n  retort export "));
  shop.graph({{"bad", {{"type", "test.misbehave"}}}});
  EXPECT_THAT(shop.retort({"run", "g.json"}).out, ::testing::ContainsRegex("\n  retort log [0-9a-f-]+ --node bad\n"));
}

TEST(Run, WritesOnePlainLineAChangeOfState) {
  Workshop shop;
  shop.graph({{"a", {{"type", "test.misbehave"}, {"params", {{"how", "not_at_all"}}}}}});
  const Outcome outcome = shop.retort({"run", "g.json"});
  EXPECT_THAT(outcome.err, ::testing::MatchesRegex("run [0-9a-f-]+: g.json: 1 waiting\n"
                                                   "a: running on cpu: no result yet\n"
                                                   "a: warning: nothing went wrong\n"
                                                   "a: done in 0.0 s\n"));
}

TEST(Run, ADeviceThatIsNotHereIsExitCode5BeforeAnythingRuns) {
  Workshop shop;
  shop.graph(chain());
  const Outcome outcome =
      shop.retort({"run", "g.json", "--device", "cuda"}, [] { setenv("CUDA_VISIBLE_DEVICES", "", 1); });
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_TRUE(shop.store().keys().empty());
}

TEST(Tables, ShowMeansOverSeedsAndWhatIsMissing) {
  Workshop shop;
  shop.graph(
      {{"hello", {{"type", "test.text"}}}, {"score", {{"type", "test.score"}, {"inputs", {{"from", "hello"}}}}}},
      {{"sweep",
        {{"axes", {{"offset", {{"path", "score.offset"}, {"values", {1, 5}}}}}}, {"replicate", {{"seed", {1, 2, 3}}}}}},
       {"tables", {{{"title", "Scores"}, {"node", "score"}, {"metrics", {"score"}}, {"rows", {"offset"}}}}}});
  const Outcome outcome = shop.retort({"run", "g.json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      HasSubstr("Scores\noffset  score\n-----------------------\n1       3.0 ± 1.0 (n=3)\n5       7.0 ± 1.0 (n=3)\n"));
}

}  // namespace
}  // namespace retort
