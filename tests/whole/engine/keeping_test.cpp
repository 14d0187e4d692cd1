// What people do with a store: pin, collect, check, share, hand on.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <set>

#include "core/digest.h"
#include "events/event_log.h"
#include "events/run_state.h"
#include "workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Json large_chain() {
  return {{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
          {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}}};
}

std::string key_of(Workshop& shop, const std::string& node) {
  return Json::parse(shop.retort({"show", node, "--json"}).out)["key"];
}

fs::path newest_run(Workshop& shop) {
  std::set<fs::path> runs;
  for (const auto& entry : fs::directory_iterator(shop.store_root / "runs")) runs.insert(entry.path());
  return *runs.rbegin();
}

TEST(Gc, KeepsWhatTheNewestRunOfEachGraphCites) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  shop.run({"--set", "copy.suffix=?"});
  const Outcome dry = shop.retort({"gc", "--to", "0", "--dry-run"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, MatchesRegex("[0-9a-f]{12}  copy \\(test.copy\\), 10\\.[0-9] KiB, 0\\.[0-9] s to compute again\n"
                                    "would go: 1 of 3 results, 10\\.[0-9] KiB of 3[0-9]\\.[0-9] KiB; 0\\.[0-9] s to "
                                    "compute them again\n"
                                    "  stays: 0 pinned, 2 cited by kept runs, 0 in use\n"));
  EXPECT_EQ(shop.store().keys().size(), 3u) << "only said";
  EXPECT_EQ(shop.retort({"gc", "--to", "0"}).code, 0);
  EXPECT_EQ(shop.store().keys().size(), 2u);
  EXPECT_EQ(shop.run({"--set", "copy.suffix=?"}), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}}));
}

TEST(Gc, NamesTheRunsThatCiteWhatWouldGo) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const std::string run = newest_run(shop).filename();
  const Outcome dry = shop.retort({"gc", "--to", "0", "--cited-too", "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr(" to compute again; cited by " + run + "\n"));
  EXPECT_THAT(dry.out, HasSubstr("would go: 2 of 2 results"));
}

TEST(Gc, WhatWentIsComputedAgainOrComesBackWithinTheGrace) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  shop.retort({"gc", "--to", "0", "--cited-too"});
  EXPECT_TRUE(shop.store().keys().empty());
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}})) << "put back";
  shop.retort({"gc", "--to", "0", "--cited-too", "--grace", "0"});
  EXPECT_EQ(shop.run(), (Json{{"status", "done"}, {"hello", "done"}, {"copy", "done"}}));
}

TEST(Gc, APinStaysUntilItIsTakenAway) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  EXPECT_EQ(shop.retort({"pin", "copy", "--why", "figure 3"}).out, "pinned copy\n");
  EXPECT_THAT(shop.retort({"pin"}).out, MatchesRegex("[0-9a-f]{12}  by [^,]+, [0-9-]+T[0-9:]+Z  figure 3\n"));
  shop.retort({"gc", "--to", "0", "--cited-too", "--grace", "0"});
  EXPECT_EQ(shop.store().keys(), std::vector<Key>{key_of(shop, "copy")});
  EXPECT_EQ(shop.text("copy").size(), 10001u);
  EXPECT_EQ(shop.retort({"unpin", "copy"}).out, "unpinned copy\n");
  const Outcome none = shop.retort({"unpin", "copy"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "retort: \"copy\" is not pinned; retort pin lists what is\n");
  shop.retort({"gc", "--to", "0", "--cited-too", "--grace", "0"});
  EXPECT_TRUE(shop.store().keys().empty());
}

TEST(Gc, APinnedRunKeepsAllItCites) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const std::string run = newest_run(shop).filename();
  shop.retort({"pin", run});
  shop.run({"--set", "copy.suffix=?"});
  EXPECT_THAT(shop.retort({"gc", "--to", "0"}).out, HasSubstr("stays: 0 pinned, 3 cited by kept runs"));
}

TEST(Gc, SizesAndTimesAreRefusedWithTheRule) {
  Workshop shop;
  EXPECT_EQ(shop.retort({"gc", "--to", "10X"}).err, "retort: \"10X\" is no size; write it like 500M, 10G or 1.5T\n");
  const Outcome time = shop.retort({"gc", "--older", "soon"});
  EXPECT_EQ(time.code, 2);
  EXPECT_EQ(time.err, "retort: \"soon\" is no time; write it like 90s, 15min, 12h, 30d or 2w\n");
}

TEST(Fsck, SaysWhatIsDamagedAndWhatWillBeComputedAgain) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const Outcome whole = shop.retort({"fsck"});
  EXPECT_EQ(whole.code, 0);
  EXPECT_EQ(whole.out, "2 records, 2 of 2 objects (19.5 KiB) read: all are whole\n");
  std::string text = "hi";
  text.resize(10000, '.');
  const fs::path object = shop.store().object_file(sha256_hex(text));
  const std::string key = key_of(shop, "hello");
  text[77] ^= 1;
  fs::permissions(object, fs::perms::owner_write, fs::perm_options::add);
  write_file(object, text);
  const Outcome damaged = shop.retort({"fsck"});
  EXPECT_EQ(damaged.code, 3);
  EXPECT_EQ(damaged.out, object.string() + ": SHA-256 is " + sha256_hex(text) +
                             "\nwill be computed again when it is wanted: hello (test.text), " + key.substr(0, 12) +
                             "\n2 records, 2 of 2 objects (19.5 KiB) read: 1 damaged\n");
  EXPECT_EQ(shop.retort({"fsck"}).code, 0);
  EXPECT_EQ(shop.run()["hello"], "not needed");  // by what was made of it, which is whole
}

TEST(Fsck, OfAStoreThatCannotBeWrittenEndsWith4) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  fs::resize_file(shop.store().record_file(key_of(shop, "hello")), 20);
  const auto modes = [&](int folders) {
    for (const auto& entry : fs::recursive_directory_iterator(shop.store_root))
      if (entry.is_directory()) fs::permissions(entry.path(), static_cast<fs::perms>(folders));
    fs::permissions(shop.store_root, static_cast<fs::perms>(folders));
  };
  modes(0555);
  fs::permissions(shop.folder.path(), static_cast<fs::perms>(0777));
  const Outcome outcome = shop.retort({"fsck"}, [] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(97);
  });
  modes(0755);
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(": the record is cut off (it could not be moved to trash/)\n"));
}

TEST(Archive, GoesFromOneStoreToAnotherWithWhatItWasMadeFrom) {
  Workshop from, to;
  from.graph(large_chain());
  to.graph(large_chain());
  from.run();
  const std::string file = from.folder / "results.tar";
  EXPECT_EQ(from.retort({"export", "copy", "--archive", file, "--with-sources"}).out, "2 results in " + file + "\n");
  EXPECT_EQ(to.retort({"import", file}).out, "2 results imported (19.5 KiB), 0 already there\n");
  EXPECT_EQ(to.run(), (Json{{"status", "done"}, {"hello", "hit"}, {"copy", "hit"}}));
  const Outcome bad = to.retort({"export", "copy"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_EQ(bad.err,
            "retort: export takes a result and a folder, or results and --archive FILE; retort export --help shows how "
            "it is used\n");
}

TEST(Parent, GivesItsResultsToARunAndIsNamed) {
  Workshop mine, parent;
  mine.graph(large_chain());
  parent.graph(large_chain());
  parent.run();
  const auto with_parent = [&] { setenv("RETORT_PARENT_STORES", parent.store_root.c_str(), 1); };
  const Outcome run = mine.retort({"run", "g.json", "--set", "copy.suffix=?"}, with_parent);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("1 ran, 1 already there"));
  EXPECT_EQ(fold(read_events(newest_run(mine) / "events.jsonl")).find("hello")->reason,
            "from " + parent.store_root.string());
  EXPECT_EQ(mine.store().keys().size(), 1u);
  EXPECT_THAT(mine.retort({"show", "hello"}, with_parent).out,
              HasSubstr("store      " + parent.store_root.string() + "\n"));
  EXPECT_EQ(mine.text("copy").substr(9999), ".?");
}

TEST(Parent, ThatIsDamagedIsHealedHere) {
  Workshop mine, parent;
  mine.graph(large_chain());
  parent.graph(large_chain());
  parent.run();
  std::string text = "hi";
  text.resize(10000, '.');
  const fs::path object = parent.store().object_file(sha256_hex(text));
  std::string bad = text;
  bad[500] ^= 1;
  fs::permissions(object, fs::perms::owner_write, fs::perm_options::add);
  write_file(object, bad);
  const Outcome run = mine.retort({"run", "g.json", "--set", "copy.suffix=?"},
                                  [&] { setenv("RETORT_PARENT_STORES", parent.store_root.c_str(), 1); });
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("hello: damaged, computed again: "));
  EXPECT_EQ(mine.text("copy"), text + "?");
  EXPECT_EQ(read_file(object), bad) << "the parent is never written";
}

TEST(Run, IsRunAgainByItsIdWhateverBecameOfItsFiles) {
  Workshop shop;
  Json graph = large_chain();
  write_file(shop.folder / "part.json", Json{{"nodes", {{"hello", graph["hello"]}}}}.dump());
  graph.erase("hello");
  shop.graph(graph, {{"include", "part.json"}});
  EXPECT_EQ(shop.run({"--set", "copy.suffix=?"})["copy"], "done");
  const std::string run = newest_run(shop).filename();
  fs::remove(shop.folder / "part.json");
  shop.graph({{"other", {{"type", "test.text"}}}});
  const Outcome again = shop.retort({"run", "--id", run});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("2 already there"));
  const Outcome changed = shop.retort({"run", "--id", run, "--set", "copy.times=2"});
  EXPECT_EQ(changed.code, 0) << changed.err;
  EXPECT_EQ(shop.text("copy").substr(9999), ".??");
}

TEST(Run, AnIdThatIsNotThereIsNamedWithTheNearest) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const std::string run = newest_run(shop).filename();
  std::string wrong = run;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const Outcome none = shop.retort({"run", "--id", wrong});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err,
            "retort: " + shop.store_root.string() + " has no run \"" + wrong + "\"; did you mean \"" + run + "\"?\n");
  const Outcome both = shop.retort({"run", "g.json", "--id", run});
  EXPECT_EQ(both.code, 2);
  EXPECT_EQ(both.err, "retort: run takes a graph or --id, not both\n");
  EXPECT_EQ(shop.retort({"run"}).err, "retort: run takes a graph, or --id and the id of a run\n");
}

TEST(Log, SaysWhichLinesItLeftOut) {
  Workshop shop;
  shop.graph(large_chain());
  shop.run();
  const fs::path file = newest_run(shop) / "events.jsonl";
  std::string text = read_file(file);
  const size_t second = text.find('\n') + 20;
  text[second] ^= 1;
  write_file(file, text);
  const Outcome log = shop.retort({"log"});
  EXPECT_EQ(log.code, 0);
  EXPECT_EQ(log.err, file.string() + ": line 2 is damaged\n");
  EXPECT_THAT(log.out, HasSubstr("copy: done"));
}

/// What `run --json` printed was folded from live events; the log folded again must say the same of every node.
TEST(Log, ReplayEqualsLiveState) {
  Workshop shop;
  shop.graph({{"good", {{"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 2}}}}},
              {"bad", {{"type", "test.misbehave"}}},
              {"below", {{"type", "test.copy"}, {"inputs", {{"from", "bad"}}}}},
              {"warns", {{"type", "test.misbehave"}, {"params", {{"how", "not_at_all"}}}}}});
  const Outcome outcome = shop.retort({"run", "g.json", "--json"});
  const Json live = Json::parse(outcome.out);
  const RunState state = fold(read_events(newest_run(shop) / "events.jsonl"));
  EXPECT_EQ(state.run, live["run"]);
  EXPECT_EQ(state.status, live["status"]);
  ASSERT_EQ(state.nodes.size(), live["nodes"].size());
  for (size_t i = 0; i < state.nodes.size(); ++i) {
    const NodeView& node = state.nodes[i];
    const Json& shown = live["nodes"][i];
    EXPECT_EQ(node.name, shown["name"]);
    EXPECT_EQ(name_of(node.status), shown["status"].get<std::string>());
    EXPECT_EQ(node.seconds, shown["seconds"].get<double>()) << node.name;
    EXPECT_EQ(node.key, shown.value("key", "")) << node.name;
    EXPECT_EQ(node.reason, shown.value("reason", "")) << node.name;
    if (!node.error.empty()) EXPECT_EQ(node.error, shown["error"]["text"]);
  }
}

}  // namespace
}  // namespace retort
