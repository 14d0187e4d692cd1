// Mutated files of every other format: records, manifests, event logs, checkpoints, members of libraries, object files.
// Each is read to its end or refused by an Error; what carries a checksum is never taken for whole.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "catalog/catalog.h"
#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "core/tokens.h"
#include "events/event_log.h"
#include "events/run_state.h"
#include "framework/graph/toy_catalog.h"
#include "mutate.h"
#include "plan/key.h"
#include "sdk/checkpoint.h"
#include "store/record.h"
#include "worker/commands.h"
#include "worker/members.h"
#include "worker/symbols.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Runs `read`, which may refuse by an Error and by nothing else. True if it did not refuse.
template <class F>
bool accepted(const std::string& text, F read) {
  try {
    read();
    return true;
  } catch (const Error&) {
    return false;
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\nof\n" << text;
    return false;
  }
}

TEST(Fuzz, ARecordIsWholeOrRefused) {
  Record record;
  record.key = std::string(64, 'a');
  record.key_text = "retort-key 1\ntype x\ncode version 1\nparam a = {\"b\": [1, 2.5]}\ninput from[0] text abc\n";
  record.type = "x";
  record.about = {
      {"created", "2026-01-02T03:04:05Z"}, {"seconds", 2.5}, {"made_from", {{"from[0]", std::string(64, 'c')}}}};
  record.outputs["out"] = {
      "text", std::string(64, 'd'), {{"length", 3}}, {{"text.txt", 3, std::string(64, 'b'), true, "abc"}}};
  const std::string whole = to_text(record);
  Mutations mutations("records", 2000);
  while (mutations.next()) {
    const std::string text = mutations.of(whole);
    const bool read = accepted(text, [&] { record_from_text(text, "file"); });
    EXPECT_EQ(read, text == whole) << text;
  }
}

TEST(Fuzz, AKeyTextIsTakenApartWhateverItHolds) {
  const std::string whole =
      "retort-key 1\ntype x\ncode abc\n  plugins/x.cpp abc\nparam a = 1\nfile root \"a.bin\" abc\ncomponent l[0] y\n"
      "code version 2\nparam l[0].b = \"c\"\nseed 1\ndevice cpu\ninput from[0] text abc\n";
  Mutations mutations("key texts", 2000);
  while (mutations.next()) {
    const std::string text = mutations.of(whole);
    EXPECT_TRUE(accepted(text, [&] { fields_of(text); })) << text;
  }
}

TEST(Fuzz, ManifestsAreReadOrNamed) {
  const TemporaryFolder folder;
  std::vector<std::string> seeds;
  for (const auto& entry : fs::directory_iterator(graphs_folder() / "plugins"))
    seeds.push_back(read_file(entry.path()));
  Mutations mutations("manifests", 600);
  while (mutations.next()) {
    const std::string text = mutations.of(seeds[mutations.round() % seeds.size()]);
    write_file(folder / "x.json", text);
    accepted(text, [&] {
      const Catalog catalog = Catalog::read({folder.path()});
      EXPECT_EQ(catalog.all().size() + catalog.problems().size(), 1u) << text;
    });
  }
}

TEST(Fuzz, EventsAreFoldedWhateverTheLogHolds) {
  const TemporaryFolder folder;
  std::string whole;
  {
    EventLog log(folder / "whole.jsonl");
    log.write({{"ev", "run"},
               {"run", "r"},
               {"graph", "g.json"},
               {"title", "t"},
               {"slots", 2},
               {"nodes",
                {{{"name", "a"},
                  {"type", "x"},
                  {"status", "waiting"},
                  {"reason", ""},
                  {"key", "k"},
                  {"after", Json::array()}},
                 {{"name", "b"},
                  {"type", "x"},
                  {"status", "hit"},
                  {"reason", ""},
                  {"key", "k"},
                  {"after", {0}},
                  {"predicted", 2}}}}});
    log.write({{"ev", "node"}, {"node", "a"}, {"status", "running"}, {"slot", "cpu"}, {"key", "k"}});
    log.write({{"ev", "progress"}, {"node", "a"}, {"done", 1}, {"total", 9}});
    log.write({{"ev", "warn"}, {"node", "a"}, {"text", "careful"}});
    log.write(
        {{"ev", "node"}, {"node", "a"}, {"status", "failed"}, {"kind", "data"}, {"text", "bad"}, {"seconds", 1.5}});
    log.write({{"ev", "end"}, {"status", "failed"}});
    whole = read_file(folder / "whole.jsonl");
  }
  Mutations mutations("events", 1000);
  while (mutations.next()) {
    const std::string text = mutations.of(whole);
    write_file(folder / "log.jsonl", text);
    accepted(text, [&] { remaining_seconds(fold(read_events(folder / "log.jsonl")), 1e9); });
  }
}

TEST(Fuzz, ACheckpointIsWholeOrNotThere) {
  const TemporaryFolder folder;
  const Checkpoint checkpoint(folder.path());
  checkpoint.save(3, {{"weights", std::string(300, 'w')}, {"none", ""}});
  fs::path file;
  for (const auto& entry : fs::directory_iterator(folder.path())) file = entry.path();
  const std::string whole = read_file(file);
  Mutations mutations("checkpoints", 1000);
  while (mutations.next()) {
    const std::string text = mutations.of(whole);
    write_file(file, text);
    bool found = false;
    accepted(text, [&] { found = checkpoint.load().has_value(); });
    EXPECT_EQ(found, text == whole) << text;
  }
}

TEST(Fuzz, WhatABuildWritesIsReadOrRefused) {
  const TemporaryFolder folder;
  const std::string members = R"({"retort_members": 1, "library": "l.so", "members": [{"files": {"a.cpp": "ab"},
    "defines": ["f"], "defines_weak": ["g"], "needs": ["h", "f"]}]})";
  const std::string commands =
      R"([{"directory": "/b", "file": "x.cpp", "command": "c++ -DA=\"b c\" -I/i -o x.o -c x.cpp"}])";
  const std::string object = read_file("/proc/self/exe").substr(0, 1 << 16);
  Mutations mutations("what a build writes", 600);
  while (mutations.next()) {
    std::string text = mutations.of(members);
    write_file(folder / "l.so.members", text);
    accepted(text, [&] { linked_files({"f"}, {folder / "l.so"}); });
    text = mutations.of(commands);
    write_file(folder / "c.json", text);
    accepted(text, [&] { Commands read(folder / "c.json"); });
    text = mutations.of(object);
    write_file(folder / "x.o", text);
    accepted("an object file", [&] { symbols_of(folder / "x.o"); });
  }
}

TEST(Fuzz, AnySourceHasTokens) {
  const std::string whole = read_file(fs::path(graphs_folder()) / "../fuzz/mutate.h");
  Mutations mutations("sources", 500);
  while (mutations.next()) {
    const std::string text = mutations.of(whole);
    EXPECT_TRUE(accepted(text, [&] { token_digest(text); }));
  }
}

}  // namespace
}  // namespace retort
