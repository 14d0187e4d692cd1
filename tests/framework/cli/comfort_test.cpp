// What commands say to people beside what they were asked for: runs, metrics, ports.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "core/files.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Json text_of_hello() { return {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}}}; }

/// A text and its score for each offset; no tables.
void scored(Workshop& shop, const Json& offsets = {1}) {
  shop.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}}}}},
              {"score", {{"type", "test.score"}, {"inputs", {{"from", "hello"}}}}}},
             {{"sweep", {{"axes", {{"offset", {{"path", "score.offset"}, {"values", offsets}}}}}}}});
}

TEST(Runs, AreListedNewestFirst) {
  Workshop shop;
  shop.graph(text_of_hello());
  shop.run();
  shop.run();
  write_file(shop.folder / "other.json",
             Json{{"retort", 1}, {"nodes", {{"bad", {{"type", "test.misbehave"}}}}}}.dump());
  EXPECT_EQ(shop.retort({"run", "other.json"}).code, 1);
  const std::string text = shop.retort({"runs"}).out;
  EXPECT_THAT(text, ::testing::MatchesRegex("[0-9a-f-]+  20[0-9T:-]+Z  failed  .* s  1 failed +other.json\n"
                                            "[0-9a-f-]+  20[0-9T:-]+Z  done    .* s  1 hit +g.json\n"
                                            "[0-9a-f-]+  20[0-9T:-]+Z  done    .* s  1 done +g.json\n"));
  const Json all = Json::parse(shop.retort({"runs", "--json"}).out);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["nodes"], (Json{{"failed", 1}}));
  EXPECT_EQ(all[2]["nodes"], (Json{{"done", 1}}));
  EXPECT_EQ(all[2]["graph"], "g.json");
  EXPECT_GE(all[2]["seconds"], 0.0);
  EXPECT_EQ(Json::parse(shop.retort({"runs", "g.json", "--json"}).out), (Json{all[1], all[2]}));
}

TEST(Runs, AKilledOneIsInterrupted) {
  Workshop shop;
  shop.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}}}});
  const pid_t run = shop.start({"run", "g.json"});
  Workshop::wait_for([&] { return shop.said().find("slow: running") != std::string::npos; });
  EXPECT_THAT(shop.retort({"runs"}).out, HasSubstr("Z  running  "));
  kill(run, SIGKILL);
  shop.finish(run);
  const Json killed = Json::parse(shop.retort({"runs", "--json"}).out)[0];
  EXPECT_EQ(killed["status"], "interrupted");
  EXPECT_EQ(killed["nodes"], (Json{{"waiting", 1}})) << "nothing runs any more";
}

TEST(Runs, AnUnknownGraphIsAnsweredWithTheNearest) {
  Workshop shop;
  shop.graph(text_of_hello());
  EXPECT_EQ(shop.retort({"runs"}).out, "");
  shop.run();
  const Outcome outcome = shop.retort({"runs", "gg.json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, EndsWith("has no run of gg.json; did you mean \"g.json\"?\n"));
}

TEST(Metrics, ARunWithoutTablesPrintsThem) {
  Workshop shop;
  scored(shop, {1, 5});
  const std::string lines =
      "score{offset=1}: score = 1\nscore{offset=5}: score = 5\n"
      "the graph asks for no table; add \"tables\" to it, or: retort table g.json --node score --metric score\n";
  EXPECT_THAT(shop.retort({"run", "g.json"}).out, StartsWith(lines));
  EXPECT_THAT(shop.retort({"run", "g.json"}).out, StartsWith(lines)) << "and again, where nothing has to run";
  const Outcome table = shop.retort({"table", "g.json", "--node", "score", "--metric", "score"});
  EXPECT_THAT(table.out, HasSubstr("offset  score"));
  shop.graph(text_of_hello());
  EXPECT_THAT(shop.retort({"run", "g.json"}).out, StartsWith("done in")) << "a graph without metrics";
}

TEST(Metrics, ARunPrintsTwentyLinesAtMost) {
  Workshop shop;
  Json offsets = Json::array();
  for (int i = 0; i < 30; ++i) offsets.push_back(i);
  scored(shop, offsets);
  const std::string text = shop.retort({"run", "g.json"}).out;
  const std::string lines = text.substr(0, text.find("done in"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 20);
  EXPECT_THAT(lines, HasSubstr("\nand 12 more nodes with metrics\n"));
}

TEST(Metrics, ANodeWithoutAMetricListsThem) {
  Workshop shop;
  scored(shop);
  const Outcome before = shop.retort({"table", "g.json", "--node", "score"});
  EXPECT_EQ(before.code, 0);
  EXPECT_EQ(before.err, "score has no result with metrics yet\n");
  shop.run();
  const Outcome outcome = shop.retort({"table", "g.json", "--node", "score"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "score = 1   score{offset=1}\n");
  EXPECT_EQ(outcome.err, "a table: retort table g.json --node score --metric score\n");
  const Outcome json = shop.retort({"table", "g.json", "--node", "score", "--json"});
  EXPECT_EQ(Json::parse(json.out), (Json{{"node", "score"}, {"metrics", {{"score", 1.0}}}}));
  EXPECT_EQ(shop.retort({"table", "g.json", "--node", "scor"}).code, 2);
}

TEST(Metrics, AnUnknownOneIsAnsweredWithTheNearestAndTheList) {
  Workshop shop;
  scored(shop);
  const std::vector<std::string> words = {"table", "g.json", "--node", "score", "--metric", "scoer"};
  EXPECT_EQ(shop.retort(words).code, 0) << "nobody knows before there is a result";
  shop.run();
  const Outcome outcome = shop.retort(words);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err,
            "retort: the results of score have no metric \"scoer\"; they have score; did you mean \"score\"?\n");
}

TEST(Show, FoldsTheFilesOfTheCode) {
  Workshop shop;
  shop.graph(text_of_hello());
  shop.run();
  const std::string folded = shop.retort({"show", "hello"}).out;
  EXPECT_THAT(folded, ContainsRegex("\n  code [0-9a-f]+\n    code of 1 file \\(--code lists it\\)\n  param size"));
  EXPECT_THAT(folded, Not(HasSubstr("plugins/text.cpp")));
  const std::string all = shop.retort({"show", "hello", "--code"}).out;
  EXPECT_THAT(all, ContainsRegex("\n    tests/whole/engine/plugins/text.cpp [0-9a-f]+\n"));
  EXPECT_THAT(all, Not(HasSubstr("code of 1 file")));
}

/// A served graph, until it is told to end.
struct Served {
  Served(Workshop& place, const std::string& graph) : shop(place) {
    for (const char* old : {"out", "err"}) fs::remove(shop.folder / old);
    process = shop.start({"serve", graph});
    Workshop::wait_for([&] { return shop.said().find("ssh") != std::string::npos && shop.said().back() == '\n'; });
    said = shop.said();
    const std::string address = read_file(shop.folder / "out");
    const size_t from = address.rfind(':') + 1;
    port = address.substr(from, address.find('/', from) - from);
  }
  ~Served() {
    kill(process, SIGINT);
    shop.finish(process);
  }
  Workshop& shop;
  pid_t process;
  std::string said, port;
};

TEST(Serve, KeepsItsPortAndSaysHowToGetThere) {
  Workshop shop;
  shop.graph(text_of_hello());
  fs::copy_file(shop.folder / "g.json", shop.folder / "other.json");
  std::string first;
  {
    const Served one(shop, "g.json");
    first = one.port;
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    EXPECT_EQ(one.said, "from another machine: ssh -L " + first + ":127.0.0.1:" + first + " " + host + "\n");
    const Served two(shop, "g.json");
    EXPECT_NE(two.port, first) << "it is taken";
  }
  EXPECT_EQ(Served(shop, "./g.json").port, first);
  EXPECT_NE(Served(shop, "other.json").port, first);
}

TEST(Run, NamesThePageToLookAt) {
  Workshop shop;
  shop.graph(text_of_hello());
  const std::string said = shop.retort({"run", "g.json", "--set", "hello.text=\"ho\""}).out;
  EXPECT_THAT(said, HasSubstr("\n  retort report g.json -o report.html --set "));
  const size_t at = said.find("  retort report ") + 2;
  const std::string line = TEST_BIN "/" + said.substr(at, said.find('\n', at) - at);
  const std::string store = " --store " + shop.store_root.string();
  ASSERT_EQ(std::system(("cd " + shop.folder.path().string() + " && RETORT_PLUGIN_PATH=" TEST_PLUGINS " " + line +
                         store + " > /dev/null")
                            .c_str()),
            0)
      << line;
  EXPECT_THAT(read_file(shop.folder / "report.html"), HasSubstr("<html"));
}

}  // namespace
}  // namespace retort
