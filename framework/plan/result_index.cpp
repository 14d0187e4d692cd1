#include "plan/result_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "core/digest.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// "KEY STEM NODE\n", the name as JSON: one write, so that lines of several processes never mix.
std::string line_of(const ResultIndex::Entry& entry) {
  return entry.key + " " + entry.stem + " " + Json(entry.node).dump() + "\n";
}

ResultIndex::Entry entry_of(const Record& record) {
  return ResultIndex::entry(record.key, text_in(record.about, "node"), record.key_text);
}

}  // namespace

std::string without_code(const std::string& key_text) {
  std::string rest;
  std::istringstream lines(key_text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("code ", 0) != 0 && line.rfind("  ", 0) != 0) rest += line + "\n";
  return rest;
}

ResultIndex::ResultIndex(const Store& store) : store_(&store), folder_(store.root() / "learned" / "results") {}

fs::path ResultIndex::file_of(const std::string& type) const { return folder_ / FileName(type + ".index").text(); }

std::vector<ResultIndex::Entry> ResultIndex::read(const std::string& type) const {
  std::vector<Entry> entries;
  std::istringstream lines(read_file(file_of(type), ErrorKind::store, kLongestText));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Entry entry;
    std::string key, name;
    words >> key >> entry.stem;
    std::getline(words >> std::ws, name);
    const Json node = parsed_json(name);
    auto known = Key::read(std::move(key));
    if (!known || entry.stem.size() != 64 || !node.is_string()) continue;  // cut off by a kill
    entry.key = std::move(*known);
    entry.node = node.get<std::string>();
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// All of the type, the `known` ones last: their records need not be read.
std::vector<ResultIndex::Entry> ResultIndex::look_through_store(const std::string& type,
                                                                const std::vector<Entry>& known) const {
  std::set<Key> skipped;
  for (const auto& entry : known) skipped.insert(entry.key);
  std::vector<std::pair<std::string, Entry>> dated;
  try {
    for (const auto& key : store_->keys()) {
      if (skipped.count(key) > 0) continue;
      if (const auto record = store_->peek(key); record && record->type == type)
        dated.emplace_back(text_in(record->about, "created"), entry_of(*record));
    }
  } catch (const CannotRead&) {  // `why` knows less
  }
  std::stable_sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Entry> entries;
  for (auto& [created, entry] : dated) entries.push_back(std::move(entry));
  entries.insert(entries.end(), known.begin(), known.end());
  return entries;
}

const std::vector<ResultIndex::Entry>& ResultIndex::of_type(const std::string& type) {
  const auto [it, fresh] = known_.try_emplace(type);
  if (!fresh) return it->second;
  std::error_code none;
  it->second = fs::exists(file_of(type), none) ? read(type) : look_through_store(type, {});
  for (const auto& entry : it->second) last_[type][entry.node] = entry.key;
  return it->second;
}

std::string ResultIndex::last(const std::string& node, const std::string& type) {
  of_type(type);
  const auto& nodes = last_[type];
  const auto it = nodes.find(node);
  return it == nodes.end() ? "" : it->second;
}

ResultIndex::Entry ResultIndex::entry(const Key& key, const std::string& node, const std::string& key_text) {
  return {key, node, sha256_hex(without_code(key_text))};
}

void ResultIndex::save() noexcept {
  for (const auto& [type, entries] : std::exchange(added_, {})) try {
      append(type, entries);
    } catch (const std::exception&) {
    }
}

void ResultIndex::append(const std::string& type, const std::vector<Entry>& entries) const {
  std::error_code none;
  make_folder(folder_);
  std::string lines;
  // A type without an index: what it has so far, these among it.
  const bool fresh = !fs::exists(file_of(type), none);
  for (const auto& entry : fresh ? look_through_store(type, entries) : entries) lines += line_of(entry);
  const int file = open_to_write(file_of(type), O_WRONLY | O_CREAT | O_APPEND);
  if (file < 0) return;
  if (::write(file, lines.data(), lines.size()) < 0) none.clear();  // `why` will know less, nothing else
  ::close(file);
}

}  // namespace retort
