// A run without work takes the way of the kept plan, and leaves it at every kind of change.
#include <gmock/gmock.h>

#include <memory>
#include <random>

#include "events/event_log.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// A finished graph of four nodes, one of which reads a file and one comes from an included file, with a plugin folder
/// of its own.
class Finished : public Workshop {
 public:
  Finished() {
    fs::create_directories(folder / "plugins");
    for (const char* name : {"test_read", "test_copy", "test_score"}) {
      fs::copy_file(fs::path(TEST_PLUGINS) / (name + std::string(".json")),
                    folder / "plugins" / (name + std::string(".json")));
      fs::create_symlink(fs::path(TEST_PLUGINS) / (name + std::string(".so")),
                         folder / "plugins" / (name + std::string(".so")));
    }
    write_file(folder / "source.txt", "abc");
    include("b");
    suffix("a");
    EXPECT_EQ(run().code, 0);
  }

  Outcome run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"run", "g.json"};
    words.insert(words.end(), more.begin(), more.end());
    return retort(words, [&] { setenv("RETORT_PLUGIN_PATH", (folder / "plugins").c_str(), 1); });
  }
  void suffix(const std::string& text) {
    graph({{"read", {{"type", "test.read"}, {"params", {{"file", "source.txt"}}}}},
           {"one", {{"type", "test.copy"}, {"inputs", {{"from", "read"}}}, {"params", {{"suffix", text}}}}},
           {"score", {{"type", "test.score"}, {"inputs", {{"from", "two"}}}}}},
          {{"include", "more.json"}, {"tables", {{{"metrics", {"score"}}, {"rows", {{"it", "score"}}}}}}});
  }
  void include(const std::string& text) {
    const Json two = {{"type", "test.copy"}, {"inputs", {{"from", "one"}}}, {"params", {{"suffix", text}}}};
    write_file(folder / "more.json", Json{{"nodes", {{"two", two}}}}.dump());
  }
  fs::path newest_run() {
    std::vector<fs::path> runs(fs::directory_iterator(store_root / "runs"), fs::directory_iterator{});
    return *std::max_element(runs.begin(), runs.end());
  }
  bool was_kept() { return fs::exists(newest_run() / "nodes.json"); }
  std::string ran(const Outcome& outcome) {
    std::string counts = outcome.out.substr(outcome.out.find("done in"));
    counts = counts.substr(counts.find(": ") + 2);
    return counts.substr(0, counts.find(';'));
  }
};

/// Prepared together and left at rest: a plan whose files were just written looks at all of them, whatever is kept.
class Kept : public ::testing::Test {
 protected:
  struct Case {
    const char* what;
    std::function<void(Finished&)> change;
    bool kept;
    const char* ran;
  };
  /// Until a plan made now believes the stamps of what was just written, and makes it.
  static void settle(Finished& shop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    shop.run();
  }
  static void check(const std::vector<Case>& cases) {
    std::vector<std::unique_ptr<Finished>> shops;
    for (size_t i = 0; i < cases.size(); ++i) shops.push_back(std::make_unique<Finished>());
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    for (size_t i = 0; i < cases.size(); ++i) {
      Finished& shop = *shops[i];
      SCOPED_TRACE(cases[i].what);
      shop.run();  // makes the plan with everything at rest
      shop.run();
      EXPECT_TRUE(shop.was_kept());
      cases[i].change(shop);
      const Outcome outcome = shop.run();
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(shop.was_kept(), cases[i].kept);
      EXPECT_EQ(shop.ran(outcome), cases[i].ran);
    }
  }
};

TEST_F(Kept, IsLeftAtEveryKindOfChange) {
  const auto remove_result = [](const std::string& node) {
    return [node](Finished& shop) {
      const Store store = shop.store();
      for (const auto& key : store.keys())
        if (store.find(key)->about["node"] == node) fs::remove(store.record_file(key));
    };
  };
  check({
      {"nothing", [](Finished&) {}, true, "4 already there"},
      {"a byte of the graph", [](Finished& shop) { shop.suffix("c"); }, false, "3 ran, 1 already there"},
      {"the graph written again", [](Finished& shop) { shop.suffix("a"); }, true, "4 already there"},
      {"an included file", [](Finished& shop) { shop.include("c"); }, false, "2 ran, 2 already there"},
      {"a source", [](Finished& shop) { write_file(shop.folder / "source.txt", "abd"); }, false, "4 ran"},
      {"a source touched", [](Finished& shop) { write_file(shop.folder / "source.txt", "abc"); }, true,
       "4 already there"},
      {"a manifest",
       [](Finished& shop) {
         const auto file = shop.folder / "plugins/test_copy.json";
         Json manifest = Json::parse(read_file(file));
         manifest["summary"] = "Copy in other words";
         write_file(file, manifest.dump());
       },
       false, "4 already there"},
      {"another plugin",
       [](Finished& shop) {
         fs::copy_file(fs::path(TEST_PLUGINS) / "test_text.json", shop.folder / "plugins/test_text.json");
       },
       false, "4 already there"},
      {"a result gone", remove_result("score"), false, "1 ran, 3 already there"},
      {"a result gone that nothing wants", remove_result("one"), false, "3 already there, 1 not needed"},
      {"a plan damaged",
       [](Finished& shop) {
         for (const auto& entry : fs::directory_iterator(shop.store_root / "learned/plans")) {
           std::string bytes = read_file(entry.path());
           bytes[bytes.size() / 2] ^= 4;
           write_file(entry.path(), bytes);
         }
       },
       false, "4 already there"},
  });
}

TEST_F(Kept, SaysWhatTheLongWaySays) {
  Finished shop;
  settle(shop);
  const auto comparable = [](const Outcome& outcome) {
    return outcome.out.substr(0, outcome.out.find("done in")) + outcome.out.substr(outcome.out.find(": ")) +
           outcome.err.substr(outcome.err.find(": "));
  };
  const Outcome quick = shop.run();
  EXPECT_TRUE(shop.was_kept());
  const auto quick_run = shop.newest_run();
  fs::remove_all(shop.store_root / "learned/plans");
  const Outcome slow = shop.run();
  EXPECT_FALSE(shop.was_kept());
  EXPECT_EQ(comparable(quick), comparable(slow));
  for (const char* file : {"graph.json", "tables.json"})
    EXPECT_EQ(read_file(quick_run / file), read_file(shop.newest_run() / file)) << file;
  const Json of_quick = read_events(quick_run / "events.jsonl").at(0);
  const Json of_slow = read_events(shop.newest_run() / "events.jsonl").at(0);
  for (const char* field : {"ev", "graph", "title", "slots", "nodes"})
    EXPECT_EQ(of_quick[field], of_slow[field]) << field;
}

TEST_F(Kept, OtherWordsAreAnotherPlan) {
  Finished shop;
  settle(shop);
  shop.run();
  EXPECT_TRUE(shop.was_kept());
  EXPECT_EQ(shop.ran(shop.run({"--set", "one.suffix=c"})), "3 ran, 1 already there");
  EXPECT_EQ(shop.ran(shop.run({"--set", "one.suffix=c"})), "4 already there");
}

}  // namespace
}  // namespace retort
