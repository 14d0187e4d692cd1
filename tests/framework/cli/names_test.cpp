// What a name of a node or a result means on the command line: what the graph says, in its newest run, or nothing.
#include <gmock/gmock.h>

#include <set>

#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

Json text(const std::string& words) { return {{"type", "test.text"}, {"params", {{"text", words}}}}; }

class Names : public ::testing::Test {
 protected:
  void write(const std::string& file, const Json& nodes, Json more = Json::object()) {
    Json all = {{"retort", 1}, {"nodes", nodes}};
    all.update(more);
    write_file(shop.folder / file, all.dump());
  }
  void run(const std::vector<std::string>& words, int code = 0) {
    std::vector<std::string> all = {"run"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = shop.retort(all);
    ASSERT_EQ(outcome.code, code) << outcome.err;
  }
  /// The text of the result that these words name.
  std::string exported(std::vector<std::string> words) {
    words.insert(words.begin(), "export");
    words.push_back("made" + std::to_string(++count_));
    const Outcome outcome = shop.retort(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const fs::path file = shop.folder.path() / words.back() / "text.txt";
    return fs::exists(file) ? read_file(file) : "nothing";
  }
  std::string refused(const std::vector<std::string>& words) {
    const Outcome outcome = shop.retort(words);
    EXPECT_EQ(outcome.code, 2) << outcome.out;
    return outcome.err;
  }
  std::string key(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"show", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = shop.retort(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? Json::parse(outcome.out)["key"].get<std::string>() : "";
  }
  std::string newest_run() {
    std::string newest;
    for (const auto& run : fs::directory_iterator(shop.store_root / "runs"))
      newest = std::max(newest, run.path().filename().string());
    return newest;
  }

  Workshop shop;
  int count_ = 0;
};

TEST_F(Names, ANodeIsThatOfItsGraph) {
  write("a.json", {{"images", text("of a")}});
  write("b.json", {{"images", text("of b")}});
  for (const char* graph : {"a.json", "b.json", "a.json"}) run({graph});
  EXPECT_EQ(exported({"a.json", "images"}), "of a");
  EXPECT_EQ(exported({"b.json", "images"}), "of b");
  EXPECT_EQ(exported({"a.json", "images.out"}), "of a");
  const std::string a = key({"a.json", "images"}), b = key({"b.json", "images"});
  EXPECT_NE(a, b);
  for (const char* command : {"show", "pin", "unpin"})
    EXPECT_THAT(refused({command, "images"}),
                AllOf(HasSubstr("\"images\" may mean:\n  a.json images   run "),
                      HasSubstr(", key " + a.substr(0, 12) + "\n  b.json images   run "),
                      HasSubstr(", key " + b.substr(0, 12)), MatchesRegex("[^\n]*\n[^\n]*T[0-9:]+Z(.|\n)*")))
        << command;
  EXPECT_THAT(refused({"export", "images", "made"}), HasSubstr("may mean"));
  EXPECT_THAT(refused({"export", "images.out", "made"}), HasSubstr("may mean"));
  EXPECT_THAT(refused({"export", "images", "--archive", "x.tar"}), HasSubstr("may mean"));
  EXPECT_THAT(refused({"why", "images", "images"}), HasSubstr("may mean"));
  EXPECT_FALSE(fs::exists(shop.folder / "made"));
  EXPECT_FALSE(fs::exists(shop.folder / "x.tar"));
}

TEST_F(Names, APinIsOfTheGraphNamedBeforeIt) {
  write("a.json", {{"images", text("of a")}, {"more", text("more of a")}});
  write("b.json", {{"images", text("of b")}});
  run({"a.json"});
  run({"b.json"});
  EXPECT_EQ(shop.retort({"pin", "a.json", "images", "more", "b.json", "images"}).out,
            "pinned images\npinned more\npinned images\n");
  std::set<std::string> pins;
  for (const auto& pin : Json::parse(shop.retort({"pin", "--json"}).out)) pins.insert(pin["name"]);
  EXPECT_EQ(pins, (std::set<std::string>{key({"a.json", "images"}), key({"more"}), key({"b.json", "images"})}));
  EXPECT_EQ(shop.retort({"unpin", "b.json", "images"}).code, 0);
  EXPECT_EQ(Json::parse(shop.retort({"pin", "--json"}).out).size(), 2u);
}

TEST_F(Names, AnArchiveHoldsWhatTheGraphsSay) {
  write("a.json", {{"images", text("of a")}});
  write("b.json", {{"images", text("of b")}});
  run({"a.json"});
  run({"b.json"});
  ASSERT_EQ(shop.retort({"export", "a.json", "images", "b.json", "images", "--archive", "both.tar"}).out,
            "2 results in both.tar\n");
  ASSERT_EQ(shop.retort({"export", "a.json", "images", "--archive", "a.tar"}).code, 0);
  const std::string wanted = key({"a.json", "images"});
  fs::remove_all(shop.store_root);
  ASSERT_EQ(shop.retort({"import", "a.tar"}).code, 0);
  EXPECT_EQ(key({"images"}), wanted);
  ASSERT_EQ(shop.retort({"import", "both.tar"}).code, 0);
  EXPECT_THAT(refused({"show", "images"}), AllOf(HasSubstr("may mean"), HasSubstr("imported")));
  EXPECT_EQ(key({"a.json", "images"}), wanted) << "a graph that never ran here has it all the same";
}

TEST_F(Names, EqualResultsOfTwoGraphsAreOne) {
  write("a.json", {{"images", text("same")}});
  write("b.json", {{"images", text("same")}});
  run({"a.json"});
  run({"b.json"});
  EXPECT_EQ(exported({"images"}), "same");
}

TEST_F(Names, TheNewestRunCounts) {
  write("a.json", {{"images", text("first")}});
  run({"a.json"});
  run({"a.json", "--set", "images.text=set"});
  EXPECT_EQ(exported({"images"}), "set");
  EXPECT_EQ(exported({"a.json", "images"}), "set");
  run({"a.json"});
  EXPECT_EQ(exported({"a.json", "images"}), "first") << "found, not made again";
  EXPECT_EQ(exported({newest_run() + "/images"}), "first");
}

TEST_F(Names, AChangedGraphIsSaid) {
  write("a.json", {{"images", text("before")}});
  run({"a.json"});
  write("a.json", {{"images", text("after")}});
  const Outcome outcome = shop.retort({"export", "a.json", "images", "made"});
  EXPECT_THAT(outcome.err, MatchesRegex("a.json was changed since run [^ ]+: this is the result of that run\n"));
  EXPECT_EQ(read_file(shop.folder.path() / "made" / "text.txt"), "before");
}

TEST_F(Names, AFailedNodeHasNoResultThoughItHadOne) {
  Json bad = {{"type", "test.misbehave"}, {"params", {{"how", "not_at_all"}}}};
  write("a.json", {{"node", bad}});
  run({"a.json"});
  const std::string first = newest_run();
  bad["params"]["how"] = "error";
  write("a.json", {{"node", bad}});
  run({"a.json"}, 1);
  for (const auto& words : std::vector<std::vector<std::string>>{{"show", "node"}, {"show", "a.json", "node"}})
    EXPECT_THAT(refused(words), AllOf(HasSubstr("has no result"), HasSubstr("failed in run " + newest_run()),
                                      HasSubstr("\n  " + first + "/node   run ")));
  EXPECT_EQ(shop.retort({"show", first + "/node"}).code, 0);
  EXPECT_THAT(refused({"show", newest_run() + "/node"}), HasSubstr("has no result"));
}

TEST_F(Names, ARenamedNodeHasItsNewName) {
  write("a.json", {{"images", text("x")}});
  run({"a.json"});
  write("a.json", {{"pictures", text("x")}, {"images", text("other")}});
  run({"a.json"});
  EXPECT_EQ(exported({"pictures"}), "x");
  EXPECT_EQ(exported({"images"}), "other");
  write("a.json", {{"pictures", text("x")}});
  run({"a.json"});
  EXPECT_THAT(
      refused({"show", "images"}),
      AllOf(HasSubstr("no graph has a node \"images\" in its newest run; earlier ones had:"), HasSubstr("/images")));
  EXPECT_THAT(refused({"show", "a.json", "image"}), HasSubstr("a.json has no node \"image\""));
}

TEST_F(Names, ARunOfAPartDoesNotHideTheRest) {
  write("a.json", {{"one", text("1")}, {"two", text("2")}});
  run({"a.json"});
  run({"a.json", "--only", "one"});
  EXPECT_EQ(exported({"two"}), "2");
  EXPECT_EQ(exported({"a.json", "two"}), "2");
}

TEST_F(Names, AKeyIsNeverTakenBeforeAName) {
  write("a.json", {{"x", text("by key")}});
  run({"a.json"});
  const std::string prefix = key({"x"}).substr(0, 6);
  EXPECT_EQ(exported({prefix}), "by key");
  write("b.json", {{prefix, text("by name")}});
  run({"b.json"});
  EXPECT_EQ(exported({prefix}), "by name");
  EXPECT_EQ(exported({key({"x"}).substr(0, 10)}), "by key");
  write("c.json", {{"deadbeef", text("dead")}, {"cafe", text("coffee")}});
  run({"c.json"});
  EXPECT_EQ(exported({"deadbeef"}), "dead");
  EXPECT_EQ(exported({"c.json", "cafe"}), "coffee");
}

TEST_F(Names, AFileOfTheNodesNameChangesNothing) {
  write("a.json", {{"images", text("x")}});
  run({"a.json"});
  write_file(shop.folder / "images", "{}");
  EXPECT_EQ(exported({"images"}), "x");
  EXPECT_EQ(shop.retort({"pin", "images"}).out, "pinned images\n");
}

TEST_F(Names, ValuesMayHavePointsAndBeWrittenOtherwise) {
  write("a.json", {{"images", text("x")}},
        {{"sweep", {{"axes", {{"size", {{"v1.5", {{"images.size", 3}}}, {"1.0", {{"images.size", 5}}}}}}}}}});
  run({"a.json"});
  EXPECT_EQ(exported({"images{size=v1.5}"}), "x..");
  EXPECT_EQ(exported({"images{size=v1.5}.out"}), "x..");
  EXPECT_EQ(exported({"images{size=1}"}), "x....");
  EXPECT_EQ(exported({"a.json", "images{size=1.00}.out"}), "x....");
  EXPECT_EQ(exported({newest_run() + "/images{size=1}"}), "x....");
  EXPECT_EQ(shop.retort({"log", "--node", "images{size=1}"}).out, "wrote 5 bytes\n");
}

TEST_F(Names, AGraphThatIsGoneHasItsRuns) {
  write("a.json", {{"images", text("x")}});
  run({"a.json"});
  fs::remove(shop.folder / "a.json");
  EXPECT_EQ(exported({"a.json", "images"}), "x");
  EXPECT_THAT(refused({"show", "b.json", "images"}), HasSubstr("there is no graph b.json"));
}

TEST_F(Names, ABeginningOfARunIsOfOneRunOrSaysWhich) {
  write("a.json", {{"images", text("x")}});
  run({"a.json"});
  run({"a.json", "--set", "images.text=y"});
  EXPECT_THAT(refused({"show", newest_run().substr(0, 4) + "/images"}), HasSubstr("may mean"));
  EXPECT_THAT(refused({"log", newest_run().substr(0, 4)}), HasSubstr("2 runs begin with"));
}

TEST_F(Names, LogIsOfTheRunOfItsGraph) {
  write("a.json", {{"node", text("a")}});
  write("b.json", {{"node", text("longer")}});
  run({"a.json"});
  run({"b.json"});
  EXPECT_THAT(refused({"log", "--node", "node"}),
              AllOf(HasSubstr("retort log a.json --node node"), HasSubstr("retort log b.json --node node")));
  EXPECT_EQ(shop.retort({"log", "a.json", "--node", "node"}).out, "wrote 1 bytes\n");
  EXPECT_EQ(shop.retort({"log", "b.json", "--node", "node"}).out, "wrote 6 bytes\n");
}

TEST_F(Names, DebugIsOfTheRunOfItsGraph) {
  const Json bad = {{"type", "test.misbehave"}, {"params", {{"how", "error"}}}};
  Json other = bad;
  other["params"]["mark"] = "b";
  write("a.json", {{"node", bad}});
  write("b.json", {{"node", other}});
  run({"a.json"}, 1);
  const std::string of_a = newest_run();
  run({"b.json"}, 1);
  EXPECT_THAT(refused({"debug", "node", "--with", "env"}), HasSubstr("retort debug node --run " + of_a + "   a.json"));
  EXPECT_EQ(shop.retort({"debug", "node", "--run", of_a, "--with", "env"}).out, "about to fail: error\n");
  EXPECT_EQ(shop.retort({"debug", "node", "--run", "a.json", "--with", "env"}).out, "about to fail: error\n");
}

TEST_F(Names, TheClosingLinesOfARunWork) {
  const Json axis = {{"path", "images.size"}, {"values", {3, 4}}};
  write("a b.json", {{"images", text("x")}}, {{"sweep", {{"axes", {{"s", axis}}}}}});
  const fs::path other = shop.folder / "other store";
  const Outcome outcome = shop.retort({"run", "a b.json", "--set", "images.text=it's", "--store", other.string()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const size_t at = outcome.out.find("  retort export ");
  ASSERT_NE(at, std::string::npos) << outcome.out;
  std::string line = outcome.out.substr(at, outcome.out.find('\n', at) - at);
  line.replace(line.find("retort"), 6, TEST_BIN "/retort");
  line.replace(line.find("FOLDER"), 6, "made");
  ASSERT_EQ(std::system(("cd " + shop.folder.path().string() + " && " + line + " > /dev/null").c_str()), 0) << line;
  EXPECT_EQ(read_file(shop.folder.path() / "made" / "text.txt"), "it's");
}

TEST_F(Names, TheClosingLinesOfAFailedRunWork) {
  write("a.json", {{"bad", {{"type", "test.misbehave"}, {"params", {{"how", "error"}}}}}});
  write("b.json", {{"bad", text("b")}});
  const Outcome outcome = shop.retort({"run", "a.json"});
  const size_t at = outcome.out.find("  retort log ");
  ASSERT_NE(at, std::string::npos) << outcome.out;
  run({"b.json"});
  EXPECT_EQ(outcome.out.substr(at), "  retort log " + outcome.out.substr(at + 13, 24) + " --node bad\n");
  EXPECT_EQ(shop.retort({"log", outcome.out.substr(at + 13, 24), "--node", "bad"}).out,
            "about to fail: error\nfailed (data): the data are bad\n");
}

TEST_F(Names, CancelTakesTheRunThatGoesOnAndAsksWhereTwoDo) {
  const Json slow = {{"type", "test.sleep"}, {"params", {{"steps", 3000}}}};
  write("quick.json", {{"x", text("x")}});
  write("a.json", {{"slow", slow}});
  EXPECT_EQ(shop.retort({"run", "a.json", "--detach"}).code, 0);
  const std::string going = newest_run();
  run({"quick.json"});
  EXPECT_EQ(shop.retort({"cancel", "quick.json"}).out, "run " + newest_run() + " is over: there is nothing to stop\n");
  EXPECT_EQ(shop.retort({"cancel"}).out, "run " + going + " is asked to stop\n");
}

}  // namespace
}  // namespace retort
