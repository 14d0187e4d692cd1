#include "cli/results/results.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "core/files.h"
#include "core/json_read.h"

namespace retort {
namespace {

/// When it was made, or carried over to its key.
std::string came(const Record& record) {
  return text_in(object_in(record.about, "carried"), "at", text_in(record.about, "created"));
}

}  // namespace

std::set<std::string> all_keys(const Store& store) {
  std::set<std::string> keys;
  for (const auto& key : store.keys()) keys.insert(key);
  for (const auto& parent : store.parents())
    for (const auto& key : parent.keys()) keys.insert(key);
  return keys;
}

std::vector<Record> all_results(const Store& store) {
  std::vector<Record> records;
  for (const auto& key : all_keys(store)) try {
      if (auto record = store.find(key)) records.push_back(std::move(*record));
    } catch (const CannotRead& error) {  // the others can be shown all the same
      std::cerr << error.what() << '\n';
    }
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return came(a) > came(b); });
  return records;
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
