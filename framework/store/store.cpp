#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kStoreFormat = 1;
const std::set<std::string> kFolders = {"results", "objects", "checkpoints", "scratch", "runs",
                                        "names",   "leases",  "trash",       "sources", "learned"};

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw Error(ErrorKind::store, "cannot make " + folder.string() + ": " + code.message());
}

/// Shared stores: who may write is decided by the folder's group, not by each user's umask.
void open_umask_to_group() {
  const mode_t mask = ::umask(0);
  ::umask(mask & ~static_cast<mode_t>(070));
}

void create(const fs::path& root) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root, none)) {
    const std::string name = entry.path().filename().string();
    if (!kFolders.count(name) && name.rfind("format", 0) != 0)
      throw Error(ErrorKind::store,
                  root.string() + " is no store: it holds \"" + name + "\"; name an empty or a new folder");
  }
  for (const auto& folder : kFolders) make_folder(root / folder);
  write_atomically(root / "format", Json{{"retort_store", kStoreFormat}}.dump() + "\n", /*sync=*/false);
}

void check_format(const fs::path& root) {
  const Json json = Json::parse(read_file(root / "format", ErrorKind::store), nullptr, /*allow_exceptions=*/false);
  const int format = json.is_object() ? json.value("retort_store", 0) : 0;
  if (format > kStoreFormat)
    throw Error(ErrorKind::store, root.string() + " has store format " + std::to_string(format) +
                                      ", this retort reads " + std::to_string(kStoreFormat) +
                                      "; use a newer retort or another store (--store)");
  if (format < 1) throw Error(ErrorKind::store, (root / "format").string() + " is not a store's format file");
}

}  // namespace

Store Store::open(const fs::path& root) {
  open_umask_to_group();
  Store store;
  store.root_ = fs::absolute(root).lexically_normal();
  if (store.root_.filename().empty()) store.root_ = store.root_.parent_path();
  std::error_code code;
  if (!fs::exists(store.root_ / "format", code)) {
    make_folder(store.root_);
    create(store.root_);
  }
  check_format(store.root_);
  return store;
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

fs::path Store::record_file(const std::string& key) const { return root_ / "results" / key.substr(0, 2) / key; }
fs::path Store::object_file(const std::string& digest) const {
  return root_ / "objects" / digest.substr(0, 2) / digest;
}

std::optional<Record> Store::find(const std::string& key, std::string* damage) const {
  const fs::path file = record_file(key);
  if (::access(file.c_str(), F_OK) != 0) return std::nullopt;
  try {
    Record record = record_from_text(read_file(file, ErrorKind::store), file.string());
    if (record.key == key) return record;
    throw Error(ErrorKind::store, file.string() + ": the record belongs to key " + record.key);
  } catch (const Error& error) {
    if (damage) *damage = error.what();
    to_trash(file);
    return std::nullopt;
  }
}

void Store::commit(const Record& record, bool sync) const {
  if (sync)
    for (const auto& [port, output] : record.outputs)
      for (const auto& file : output.files)
        if (!file.inlined) sync_path(object_file(file.digest));
  const fs::path file = record_file(record.key);
  make_folder(file.parent_path());
  write_atomically(file, to_text(record), sync);
  std::error_code none;
  fs::remove_all(root_ / "checkpoints" / record.key, none);
}

void Store::remove(const std::string& key) const { to_trash(record_file(key)); }

void Store::to_trash(const fs::path& file) const noexcept {
  static std::atomic<unsigned> count{0};
  try {
    const std::string name =
        file.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
    std::error_code none;
    fs::rename(file, root_ / "trash" / name, none);
  } catch (...) {  // out of memory while naming it: it stays where it is, and is found damaged again
  }
}

fs::path Store::checkpoint_folder(const std::string& key) const {
  const fs::path folder = root_ / "checkpoints" / key;
  make_folder(folder);
  return folder;
}

std::vector<std::string> Store::keys() const {
  std::vector<std::string> keys;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(root_ / "results", none))
    for (const auto& entry : fs::directory_iterator(folder.path(), none))
      if (entry.path().filename().string().size() == 64) keys.push_back(entry.path().filename().string());
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace retort
