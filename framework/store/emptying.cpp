#include "store/emptying.h"

#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "core/files.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kForPeople = int64_t{30} * 24 * 3600;  // seconds a damaged file lies there

uint64_t remove_file(const fs::path& file) {
  struct stat about = {};
  if (::lstat(file.c_str(), &about) != 0 || ::unlink(SafePath(file).c_str()) != 0) return 0;
  return static_cast<uint64_t>(about.st_size);
}

bool is_young(const fs::path& file) {
  struct stat about = {};
  return ::stat(file.c_str(), &about) == 0 && std::time(nullptr) - about.st_mtim.tv_sec < kYoungObject;
}

uint64_t empty_batch(const Store& store, const Trash::Batch& batch, bool busy) {
  uint64_t bytes = 0;
  for (const auto& name : names_in(batch.folder / "results")) bytes += remove_file(batch.folder / "results" / name);
  const auto named = named_objects(store);
  for (const auto& name : names_in(batch.folder / "objects")) {
    const auto digest = Key::read(name);
    const fs::path file = batch.folder / "objects" / name;
    if (digest && named.count(*digest) && !is_there(store.object_file(*digest))) {
      store.locate(*digest);  // puts it back
    } else if (!busy || !is_young(file)) {
      bytes += remove_file(file);
    }
  }
  for (const char* kind : {"results", "objects"}) ::rmdir(SafePath(batch.folder / kind).c_str());
  ::rmdir(SafePath(batch.folder).c_str());
  return bytes;
}

}  // namespace

std::set<Key> named_objects(const Store& store) {
  std::set<Key> named;
  for (const auto& key : store.keys())
    if (const auto record = store.find(key); record && record->from.empty())
      for (const auto& [port, output] : record->outputs)
        for (const auto& file : output.files)
          if (!file.inlined) named.insert(file.digest);
  return named;
}

void sweep_unfinished(const Store& store) noexcept try {
  std::error_code none;
  for (const char* folder : {"results", "names", "pins", "sources", "plans"})
    for (const auto& entry : fs::recursive_directory_iterator(store.root() / folder, none)) {
      const bool unfinished = entry.path().filename().string().find(".tmp") != std::string::npos;
      const SafePath file(entry.path());
      struct stat about = {};
      if (!unfinished || ::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
      if (std::time(nullptr) - about.st_mtim.tv_sec >= kYoungObject) ::unlink(file.c_str());
    }
} catch (const std::exception&) {  // what lies about harms nobody
}

uint64_t empty_trash(const Store& store, Leases& leases, std::chrono::seconds grace) {
  uint64_t bytes = 0;
  const auto now = static_cast<int64_t>(std::time(nullptr));
  for (const auto& batch : store.trash().batches())
    if (now - batch.time >= grace.count()) bytes += empty_batch(store, batch, leases.any_taken());
  ::rmdir(SafePath(store.trash().root() / "collected").c_str());
  for (const auto& name : names_in(store.trash().root())) {
    const fs::path file = store.trash().root() / name;
    struct stat about = {};
    if (::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    if (now - about.st_ctim.tv_sec > kForPeople) bytes += remove_file(file);
  }
  return bytes;
}

}  // namespace retort
