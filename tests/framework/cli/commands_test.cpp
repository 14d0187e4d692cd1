// What is typed and what comes back: texts, exit codes, JSON.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "cli/command.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Cli : public ::testing::Test {
 protected:
  void SetUp() override {
    shop.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}},
                {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}}});
  }
  std::filesystem::path newest_run() {
    std::filesystem::path newest;
    for (const auto& run : std::filesystem::directory_iterator(shop.store_root / "runs"))
      newest = std::max(newest, run.path());
    return newest;
  }
  Workshop shop;
};

TEST_F(Cli, EveryCommandExplainsItself) {
  for (const Command* command : commands()) {
    Words words = {command->name, "--help"};
    if (*command->group) words.insert(words.begin(), command->group);
    const Outcome outcome = shop.retort(words);
    EXPECT_EQ(outcome.code, 0) << command->name;
    EXPECT_FALSE(outcome.out.empty()) << command->name;
    words.back() = "--no-such-option";
    EXPECT_EQ(shop.retort(words).code, 2) << command->name;
  }
  EXPECT_THAT(shop.retort({"--help"}).out, HasSubstr("\n  completion  Print a completion script"));
}

TEST_F(Cli, AnUnknownCommandIsAnsweredWithTheNearest) {
  const Outcome outcome = shop.retort({"rnu", "g.json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "retort: unknown command \"rnu\"; did you mean \"run\"?\nretort --help lists all\n");
}

TEST_F(Cli, VersionIsOneLine) { EXPECT_EQ(shop.retort({"version"}).out, "retort 0.1.0\n"); }

TEST_F(Cli, PlanSaysStatesReasonsAndCounts) {
  EXPECT_EQ(shop.retort({"plan", "g.json"}).out,
            "run  hello: no result yet\nmaybe  copy: no result yet\n2 nodes: 0 hit, 1 run, 1 maybe\n");
  EXPECT_EQ(shop.retort({"plan", "g.json", "--check"}).code, 3);
  shop.run();
  EXPECT_EQ(shop.retort({"plan", "g.json", "--check"}).code, 0);
  const Json plan = Json::parse(shop.retort({"plan", "g.json", "--json", "--set", "copy.times=2"}).out);
  EXPECT_EQ(plan["hit"], 1);
  EXPECT_EQ(plan["nodes"][1]["reasons"][0], "times 1 -> 2 (--set copy.times=2)");
}

TEST_F(Cli, WhyNamesTheLineOfTheGraph) {
  shop.run();
  std::string text = read_file(shop.folder / "g.json");
  text.replace(text.find("\"!\""), 3, "\"?\"");
  write_file(shop.folder / "g.json", text);
  EXPECT_THAT(shop.retort({"why", "g.json"}).out,
              ::testing::MatchesRegex("copy: suffix \"!\" -> \"\\?\" \\(g.json:[0-9]+:[0-9]+\\)\n"));
  EXPECT_THAT(shop.retort({"why", "g.json", "hello"}).out, StartsWith("hello: done (result "));
  const Outcome unknown = shop.retort({"why", "g.json", "coppy"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.err, "retort: g.json has no node \"coppy\"; did you mean \"copy\"?\n");
}

TEST_F(Cli, ShowPrintsWhatAResultWasMadeFrom) {
  shop.run();
  const Json record = Json::parse(shop.retort({"show", "copy", "--json"}).out);
  EXPECT_EQ(record["type"], "test.copy");
  const std::string key = record["key"];
  const std::string text = shop.retort({"show", key.substr(0, 8)}).out;
  EXPECT_THAT(text, StartsWith("key        " + key + "\ntype       test.copy\nnode       copy\n"));
  EXPECT_THAT(text, HasSubstr("\n  param suffix = \"!\"\n  param times = 1\n  input from[0] text "));
  EXPECT_EQ(shop.retort({"show", "nothing"}).code, 2);
}

TEST_F(Cli, LsListsNodesAndResults) {
  EXPECT_THAT(shop.retort({"ls", "g.json"}).out, HasSubstr("run  hello  test.text"));
  shop.run();
  EXPECT_EQ(Json::parse(shop.retort({"ls", "--json"}).out).size(), 2u);
  const Json nodes = Json::parse(shop.retort({"ls", "g.json", "--json"}).out);
  EXPECT_EQ(nodes[1]["name"], "copy");
  EXPECT_EQ(nodes[1]["state"], "hit");
}

TEST_F(Cli, ExportWritesFilesAndFacts) {
  shop.run();
  EXPECT_EQ(shop.retort({"export", "copy.out", "there"}).code, 0);
  EXPECT_EQ(read_file(shop.folder.path() / "there" / "text.txt"), "hi!");
  EXPECT_EQ(Json::parse(read_file(shop.folder.path() / "there" / "meta.json")), (Json{{"length", 3}}));
  const Outcome none = shop.retort({"export", "copy.in", "there"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "retort: the result has no output \"in\" (it has: out)\n");
}

TEST_F(Cli, LogTellsTheRunAgain) {
  const Outcome run = shop.retort({"run", "g.json"});
  const std::string log = shop.retort({"log"}).out;
  EXPECT_EQ(log.substr(0, run.err.size()), run.err);
  EXPECT_EQ(shop.retort({"log", "--node", "hello"}).out, "wrote 2 bytes\n");
}

TEST_F(Cli, ARunKeepsItsLogAndSaysMoreWhenAsked) {
  EXPECT_EQ(shop.retort({"run", "g.json", "--set", "hello.text=\"quiet\""}).code, 0);
  const auto kept = [this] { return read_file(newest_run() / "log.txt"); };
  EXPECT_THAT(kept(), AllOf(HasSubstr("info scheduler: run "), Not(HasSubstr(" debug "))));
  const Outcome loud = shop.retort({"run", "--verbose", "g.json", "--set", "hello.text=\"loud\""});
  EXPECT_EQ(loud.code, 0);
  for (const auto& text : {loud.err, kept()})
    EXPECT_THAT(text, AllOf(HasSubstr("debug scheduler: started worker "), HasSubstr("debug worker: worker "),
                            HasSubstr(": published ")));
  const auto ask = [](const char* levels) { return [levels] { setenv("RETORT_LOG", levels, 1); }; };
  const Outcome only = shop.retort({"run", "g.json", "--set", "hello.text=\"only\""}, ask("error,worker=debug"));
  EXPECT_THAT(only.err, AllOf(HasSubstr("debug worker: "), Not(HasSubstr("scheduler: started"))));
  const Outcome wrong = shop.retort({"ls"}, ask("verbos"));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("RETORT_LOG: there is no level \"verbos\""));
}

TEST_F(Cli, AnInvalidGraphIsExitCode2WithAllMistakes) {
  shop.graph({{"hello", {{"type", "test.txet"}}}, {"copy", {{"type", "test.copy"}, {"params", {{"tims", 3}}}}}});
  const Outcome outcome = shop.retort({"run", "g.json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("\"test.txet\""));
  EXPECT_THAT(outcome.err, HasSubstr("\"tims\""));
  EXPECT_THAT(outcome.err, HasSubstr("errors; nothing was run\n"));
}

TEST_F(Cli, DoctorFindsWhatIsMissing) {
  EXPECT_EQ(shop.retort({"doctor"}).code, 0);
  const Outcome outcome = shop.retort({"doctor"}, [] { setenv("RETORT_STORE", "/proc/nowhere", 1); });
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("FAIL  store: cannot make /proc/nowhere"));
}

TEST_F(Cli, CompletionKnowsCommandsAndOptions) {
  EXPECT_THAT(shop.retort({"completion", "bash"}).out, HasSubstr("run plan validate why"));
  EXPECT_THAT(shop.retort({"run", "--complete-options"}).out, HasSubstr("--stop-at-failure\n"));
}

TEST_F(Cli, PluginNewWritesAStart) {
  const Outcome outcome = shop.retort({"plugin", "new", "node", "my.blur", "--dir", "mine"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string text = read_file(shop.folder.path() / "mine" / "my_blur.cpp");
  EXPECT_THAT(text, HasSubstr("class MyBlur final : public retort::Node"));
  EXPECT_THAT(text, HasSubstr("RETORT_PLUGIN(MyBlur, \"my.blur\")"));
  EXPECT_EQ(shop.retort({"plugin", "new", "node", "my.blur", "--dir", "mine"}).code, 2) << "never written over";
  EXPECT_THAT(shop.retort({"plugin", "new", "nod", "x"}).err, HasSubstr("did you mean \"node\"?"));
}

TEST_F(Cli, PluginCheckRunsTheContract) {
  const Outcome outcome = shop.retort({"plugin", "check", "test.copy"});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr(" passed, 0 failed\n"));
}

}  // namespace
}  // namespace retort
