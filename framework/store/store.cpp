#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/files.h"
#include "core/guarded_folder.h"
#include "store/format.h"
#include "store/settings.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

}  // namespace

bool Store::found(const std::function<bool()>& look) {
  constexpr int kTimes = 3;  // each collection that goes on beside this comes to a file once
  for (int i = 0; i < kTimes; ++i) try {
      return look();
    } catch (const CannotRead& error) {
      if (!error.is_absent()) throw;
    }
  return false;
}

Store::Store(const fs::path& root)
    : root_(fs::absolute(root).lexically_normal()),
      trash_((root_.filename().empty() ? root_.parent_path() : root_) / "trash") {
  if (root_.filename().empty()) root_ = root_.parent_path();
}

Store Store::open(const fs::path& root) {
  Store store(root);
  guard(store.root_);
  prepare_store(store.root_, store.remarks_);
  guard(store.root_);  // it may be there only now
  for (const auto& parent : store_settings(store.root_).parents)
    if (auto opened = open_parent(parent, store.remarks_); opened && opened->root_ != store.root_)
      store.parents_.push_back(std::move(*opened));
  return store;
}

std::optional<Store> Store::open_parent(const fs::path& root, std::vector<std::string>& remarks) {
  Store parent(root);
  parent.is_parent_ = true;
  if (has_store(parent.root_)) return parent;
  remarks.push_back("parent store " + parent.root_.string() + " is not there: going on without it");
  return std::nullopt;
}

fs::path Store::default_root(const std::string& option, const fs::path& from) {
  if (!option.empty()) return option;
  if (const char* root = std::getenv("RETORT_STORE"); root && *root) return root;
  std::error_code code;
  for (fs::path folder = fs::absolute(from, code);; folder = folder.parent_path()) {
    if (fs::is_directory(folder / ".retort", code)) return folder / ".retort";
    if (folder == folder.parent_path()) break;
  }
  return user_data_folder() / "retort" / "store";
}

fs::path Store::record_file(const Key& key) const {
  RETORT_CHECK(!key.empty());
  return root_ / "results" / key.substr(0, 2) / key.text();
}
fs::path Store::object_file(const Key& digest) const {
  RETORT_CHECK(!digest.empty());
  return root_ / "objects" / digest.substr(0, 2) / digest.text();
}

std::optional<Record> Store::find(const Key& key, std::string* damage, RecordParts parts) const {
  if (auto record = find_here(key, damage, parts)) return record;
  if (distrusted_->count(key)) return std::nullopt;
  for (const auto& parent : parents_) try {
      if (auto record = parent.find_here(key, damage, parts)) {
        record->from = parent.root_.string();
        return record;
      }
    } catch (const CannotRead& error) {  // of a parent nothing is needed that cannot be computed here
      if (damage) *damage = error.what();
    }
  return std::nullopt;
}

std::optional<Record> Store::peek(const std::string& key) const noexcept {
  try {
    return find(key);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<Record> Store::find_here(const Key& key, std::string* damage, RecordParts parts) const {
  const fs::path file = record_file(key);
  std::optional<Record> record;
  found([&] {
    if (!is_there(file) && (is_parent_ || !trash_.restore("results", file))) return false;
    try {
      Record read = record_from_text(read_file(file, ErrorKind::store, kLongestText), file.string(), parts);
      if (read.key != key) throw Error(ErrorKind::store, file.string() + ": the record belongs to key " + read.key);
      record = std::move(read);
    } catch (const NewerRecord&) {
      throw;
    } catch (const CannotRead&) {
      throw;
    } catch (const Error& error) {
      if (damage) *damage = error.what();
      to_trash(file);
    }
    return true;
  });
  return record;
}

bool Store::commit(const Record& record, bool sync) const {
  if (sync)
    for (const auto& [port, output] : record.outputs)
      for (const auto& file : output.files)
        if (!file.inlined) sync_path(object_file(file.digest));
  const fs::path file = record_file(record.key);
  make_folder(file.parent_path());
  const std::string text = to_text(record);
  if (!create_atomically(file, text, sync)) {
    if (const auto there = find(record.key); there && fence_of(*there) > fence_of(record)) return false;
    write_atomically(file, text, sync);
  }
  remove_tree(root_ / "checkpoints" / record.key.text());
  return true;
}

void Store::remove(const Key& key) const {
  to_trash(record_file(key));
  distrusted_->insert(key);
}

void Store::to_trash(const fs::path& file) const noexcept {
  if (!is_parent_) trash_.put_damaged(file);
}

fs::path Store::locate(const Key& digest) const {
  fs::path here = object_file(digest);
  if (is_there(here)) return here;
  if (!is_parent_ && trash_.restore("objects", here)) return here;
  for (const auto& parent : parents_)
    if (const fs::path there = parent.object_file(digest); is_there(there)) return there;
  return {};
}

/// Names of another form are nobody's: what was begun and not finished, what people put there.
std::vector<Key> Store::names_below(const char* folder) const {
  std::vector<Key> keys;
  for (const auto& shard : names_in(root_ / folder))
    for (auto& name : names_in(root_ / folder / shard))
      if (name.compare(0, 2, shard) == 0)
        if (auto key = Key::read(std::move(name))) keys.push_back(std::move(*key));
  return keys;
}

std::vector<Key> Store::keys() const { return names_below("results"); }
std::vector<Key> Store::objects() const { return names_below("objects"); }

}  // namespace retort
