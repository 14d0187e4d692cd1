// Files that are whole and say something odd: a value of their JSON, a header of their archive changed, the checksum
// right again (structured.h). Each is read to its end or refused by an Error; what is taken over is right.
#include "structured.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "catalog/catalog.h"
#include "core/error.h"
#include "core/files.h"
#include "core/tar.h"
#include "core/tar_writer.h"
#include "core/temporary_folder.h"
#include "events/event_log.h"
#include "events/run_state.h"
#include "framework/graph/toy_catalog.h"
#include "framework/store/hostile.h"
#include "framework/store/stored.h"
#include "graph/read.h"
#include "graph/resolved.h"
#include "mutate.h"
#include "store/archive.h"
#include "store/check.h"
#include "store/pins.h"
#include "store/settings.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Runs `read`, which may refuse by an Error that is not internal and by nothing else. True if it did not refuse.
template <class F>
bool read_or_refused(const std::string& text, F read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    EXPECT_NE(error.kind(), ErrorKind::internal) << error.what() << "\nof\n" << text;
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\nof\n" << text;
  }
  return false;
}

/// In a record some names are keys and some sizes are of bytes that are there: what is read is checked by reading it.
TEST(Structured, ARecordIsReadOrRefused) {
  const TemporaryFolder folder;
  const Store store = Store::open(folder / "store");
  const Record record = test::publish(store, "a", 1, {{"large", std::string(10000, 'x')}, {"small", "abc"}});
  Mutations mutations("structured records", 2000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const std::string text = test::forged(record, [&](Json& json) { json = structured.changed(json); });
    write_file(store.record_file(record.key), text);
    read_or_refused(text, [&] {
      const auto found = store.find(record.key);
      if (!found) return;
      store.find(record.key, nullptr, RecordParts::of_plan);
      if (!store.missing(*found).empty()) return;
      for (const auto& [port, output] : found->outputs)
        for (const auto& file : output.files) store.read(*found, file);
    });
    read_or_refused(text, [&] { check_store(store); });
    for (const auto& entry : fs::directory_iterator(folder.path())) EXPECT_EQ(entry.path().filename(), "store") << text;
    if (!is_there(store.object_file(sha256_hex(std::string(10000, 'x')))))
      test::publish(store, "a", 1, {{"large", std::string(10000, 'x')}, {"small", "abc"}});
  }
}

/// Records and texts of the store that other parts of the program write.
TEST(Structured, SettingsAndPinsAreReadOrRefused) {
  const TemporaryFolder folder;
  const Store store = Store::open(folder / "store");
  const Key key = test::key_of("a");
  Pins(store).add(key, "why");
  const fs::path pin = store.root() / "pins" / key.text(), settings = store.root() / "settings.json";
  const std::string pinned = read_file(pin);
  const Json wishes = {{"retort_settings", 1}, {"parents", {"../p"}}, {"plugins", {"x"}}, {"leases", "files"}};
  Mutations mutations("structured settings", 1000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const std::string forged = resealed(pinned, structured);
    write_file(pin, forged);
    EXPECT_TRUE(Pins(store).has(key)) << "what cannot be read is not let go of: " << forged;
    read_or_refused(forged, [&] { Pins(store).all(); });
    const std::string text = structured.changed(wishes).dump();
    write_file(settings, text);
    read_or_refused(text, [&] { store_settings(store.root()); });
  }
}

TEST(Structured, EventsAreFoldedOrLeftOut) {
  const TemporaryFolder folder;
  const Json node = {{"name", "a"},
                     {"type", "x"},
                     {"status", "waiting"},
                     {"reason", ""},
                     {"key", std::string(64, 'a')},
                     {"after", Json::array()},
                     {"predicted", 2},
                     {"warnings", {"w"}}};
  const std::vector<Json> events = {
      {{"ev", "run"},
       {"run", "r"},
       {"graph", "g.json"},
       {"title", "t"},
       {"slots", 2},
       {"nodes", {node, node}},
       {"command", {"run", "g.json"}},
       {"folder", "/x"}},
      {{"ev", "node"}, {"node", "a"}, {"status", "running"}, {"slot", "cpu"}, {"key", std::string(64, 'a')}},
      {{"ev", "progress"}, {"node", "a"}, {"done", 1}, {"total", 9}},
      {{"ev", "metric"}, {"node", "a"}, {"name", "loss"}, {"step", 3}, {"value", 0.5}},
      {{"ev", "warn"}, {"node", "a"}, {"text", "careful"}},
      {{"ev", "damaged"}, {"node", "a"}, {"key", std::string(64, 'a')}, {"text", "bad"}},
      {{"ev", "node"}, {"node", "a"}, {"status", "failed"}, {"kind", "data"}, {"text", "bad"}, {"seconds", 1.5}},
      {{"ev", "end"}, {"status", "failed"}}};
  Mutations mutations("structured events", 1000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const fs::path file = folder / "log.jsonl";
    fs::remove(file);
    {
      EventLog log(file);
      const size_t which = structured.below(events.size());
      for (size_t i = 0; i < events.size(); ++i) {
        Json event = i == which ? structured.changed(events[i]) : events[i];
        if (event.is_object()) log.write(event);
      }
    }
    read_or_refused("a log", [&] { remaining_seconds(fold(read_events(file)), 1e9); });
  }
}

TEST(Structured, GraphsAndManifestsAreReadOrNamed) {
  const TemporaryFolder folder;
  std::vector<Json> graphs, manifests;
  for (const auto& entry : fs::directory_iterator(graphs_folder())) {
    if (!entry.is_regular_file()) continue;
    if (Json json = Json::parse(read_file(entry.path()), nullptr, false, true); json.is_object())
      graphs.push_back(json);
  }
  for (const auto& entry : fs::directory_iterator(graphs_folder() / "plugins"))
    manifests.push_back(Json::parse(read_file(entry.path())));
  ASSERT_GT(graphs.size(), 10u);
  Mutations mutations("structured graphs", 1000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const auto dump = [](const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace); };
    const std::string text = dump(structured.changed(structured.one_of(graphs)));
    write_file(folder / "g.json", text);
    read_or_refused(text, [&] {
      Diagnostics diagnostics;
      const Graph graph = read_graph((folder / "g.json").string(), toy_catalog(), {}, diagnostics);
      if (!diagnostics.has_errors()) EXPECT_TRUE(Json::accept(resolved_text(graph))) << text;
    });
    const std::string manifest = dump(structured.changed(structured.one_of(manifests)));
    write_file(folder / "plugins.json", manifest);
    read_or_refused(manifest, [&] { Catalog::read({folder.path()}); });
  }
}

TEST(Structured, ATarArchiveIsReadOrRefused) {
  const TemporaryFolder folder;
  {
    TarWriter tar(folder / "whole.tar");
    tar.add("a/one.txt", "one");
    tar.add("a/two.txt", std::string(2000, '2'));
    tar.add("three", "");
    tar.finish();
  }
  const std::string whole = read_file(folder / "whole.tar");
  Mutations mutations("structured tar archives", 2000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    std::string bytes = structured.tar(whole);
    if (structured.below(4) == 0) bytes = mutations.of(bytes);
    write_file(folder / "x.tar", bytes);
    read_or_refused("a tar archive", [&] {
      const Tar tar(folder / "x.tar");
      for (const auto& entry : tar.entries())
        if (!entry.folder) EXPECT_EQ(tar.read(entry).size(), entry.size);
    });
  }
}

/// Whatever is in an archive of results: what is taken over is whole, and nothing is written outside the store.
TEST(Structured, AnArchiveOfResultsIsTakenOverWholeOrNot) {
  const TemporaryFolder folder;
  const Store from = Store::open(folder / "from");
  const Record record = test::publish(from, "a", 1, {{"large", std::string(5000, 'x')}, {"small", "abc"}});
  write_archive(from, {record}, folder / "whole.tar");
  const std::string whole = read_file(folder / "whole.tar"), object = "objects/" + sha256_hex(std::string(5000, 'x'));
  Mutations mutations("structured archives", 400);
  Structured structured(mutations.random());
  size_t taken = 0;
  while (mutations.next()) {
    std::string text = test::forged(record, [&](Json& json) { json = structured.changed(json); });
    std::string bytes(5000, 'x'), head = sealed(Json{{"retort_archive", 1}, {"results", {record.key.text()}}}.dump());
    const size_t which = structured.below(5);
    if (which == 0) text = to_text(record);
    if (which == 1) bytes = mutations.of(bytes);
    if (which == 2) head = resealed(head, structured);
    {
      TarWriter tar(folder / "x.tar");
      tar.add("retort-archive", head);
      tar.add(object, bytes);
      tar.add("results/" + record.key, text);
      tar.finish();
    }
    if (which == 3) write_file(folder / "x.tar", structured.tar(whole));
    const TemporaryFolder place;
    const Store store = Store::open(place / "store");
    read_or_refused(text, [&] { taken += read_archive(store, folder / "x.tar").imported.size(); });
    EXPECT_TRUE(check_store(store).damage.empty()) << text;
    for (const auto& key : store.keys())
      if (const auto found = store.find(key)) EXPECT_EQ(store.missing(*found), "") << text;
    for (const auto& entry : fs::directory_iterator(place.path())) EXPECT_EQ(entry.path().filename(), "store") << text;
  }
  EXPECT_GT(taken, 0u) << "changes that only break it would test little";
}

}  // namespace
}  // namespace retort
