#include "cli/results.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/hex.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "events/event_log.h"
#include "events/run_state.h"

namespace retort {
namespace {

constexpr size_t kShortestPrefix = 4;

/// Here and in the parents.
std::set<std::string> keys_of(const Store& store) {
  std::set<std::string> keys;
  for (const auto& key : store.keys()) keys.insert(key);
  for (const auto& parent : store.parents())
    for (const auto& key : parent.keys()) keys.insert(key);
  return keys;
}

/// Of "RUN/NODE": the key that the node had in the run; empty if `name` is nothing of the kind.
std::string key_in_run(const Store& store, const std::string& name) {
  const size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0) return "";
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(store.runs(), none)) {
    if (entry.path().filename().string().rfind(name.substr(0, slash), 0) != 0) continue;
    const auto log = entry.path() / "events.jsonl";
    if (!std::filesystem::exists(log)) continue;
    const RunState run = fold_log(log);
    if (const NodeView* node = run.find(name.substr(slash + 1))) return node->key;
  }
  return "";
}

std::string node_of(const Record& record) { return text_in(record.about, "node"); }

/// When it was made, or carried over to its key.
std::string came(const Record& record) {
  return text_in(object_in(record.about, "carried"), "at", text_in(record.about, "created"));
}

}  // namespace

std::vector<Record> all_results(const Store& store) {
  std::vector<Record> records;
  for (const auto& key : keys_of(store)) try {
      if (auto record = store.find(key)) records.push_back(std::move(*record));
    } catch (const CannotRead& error) {  // the others can be shown all the same
      std::cerr << error.what() << '\n';
    }
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return came(a) > came(b); });
  return records;
}

Record find_result(const Store& store, const std::string& name) {
  std::vector<std::string> keys;
  if (name.size() >= kShortestPrefix && is_hex(name))
    for (const auto& key : keys_of(store))
      if (key.rfind(name, 0) == 0) keys.push_back(key);
  if (keys.size() > 1)
    throw Error(ErrorKind::user, std::to_string(keys.size()) + " keys begin with " + name + "; give more digits");
  if (keys.size() == 1)
    if (auto record = store.find(keys[0])) return *record;
  if (const std::string key = key_in_run(store, name); !key.empty())
    if (auto record = store.find(key)) return *record;
  std::vector<std::string> names;
  for (auto& record : all_results(store)) {
    if (node_of(record) == name) return record;
    names.push_back(node_of(record));
  }
  const std::string near = nearest(name, names);
  throw Error(ErrorKind::user, store.root().string() + " has no result \"" + name + "\"" +
                                   (near.empty() ? "; retort ls lists them" : "; " + did_you_mean(near)));
}

uint64_t size_of(const Record& record) {
  uint64_t bytes = 0;
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files) bytes += file.size;
  return bytes;
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; size >= 1024 && unit < 3; ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", size, units[unit]);
  return text;
}

}  // namespace retort
