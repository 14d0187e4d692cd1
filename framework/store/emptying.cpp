#include "store/emptying.h"

#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kForPeople = 30 * 24 * 3600;  // seconds a damaged file lies there

uint64_t remove_file(const fs::path& file) {
  struct stat about = {};
  if (::stat(file.c_str(), &about) != 0 || ::unlink(file.c_str()) != 0) return 0;
  return static_cast<uint64_t>(about.st_size);
}

bool is_young(const fs::path& file) {
  struct stat about = {};
  return ::stat(file.c_str(), &about) == 0 && std::time(nullptr) - about.st_mtim.tv_sec < kYoungObject;
}

uint64_t empty_batch(const Store& store, const Trash::Batch& batch, bool busy) {
  uint64_t bytes = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(batch.folder / "results", none)) bytes += remove_file(entry.path());
  const auto named = named_objects(store);
  for (const auto& entry : fs::directory_iterator(batch.folder / "objects", none)) {
    const std::string digest = entry.path().filename().string();
    if (named.count(digest) && ::access(store.object_file(digest).c_str(), F_OK) != 0) {
      store.locate(digest);  // puts it back
    } else if (!busy || !is_young(entry.path())) {
      bytes += remove_file(entry.path());
    }
  }
  for (const char* kind : {"results", "objects"}) ::rmdir((batch.folder / kind).c_str());
  ::rmdir(batch.folder.c_str());
  return bytes;
}

}  // namespace

std::set<std::string> named_objects(const Store& store) {
  std::set<std::string> named;
  for (const auto& key : store.keys())
    if (const auto record = store.find(key); record && record->from.empty())
      for (const auto& [port, output] : record->outputs)
        for (const auto& file : output.files)
          if (!file.inlined) named.insert(file.digest);
  return named;
}

void sweep_unfinished(const Store& store) noexcept {
  std::error_code none;
  for (const char* folder : {"results", "names", "pins", "sources", "plans"})
    for (const auto& entry : fs::recursive_directory_iterator(store.root() / folder, none)) {
      const bool unfinished = entry.path().filename().string().find(".tmp") != std::string::npos;
      struct stat about = {};
      if (!unfinished || ::stat(entry.path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
      if (std::time(nullptr) - about.st_mtim.tv_sec >= kYoungObject) ::unlink(entry.path().c_str());
    }
}

uint64_t empty_trash(const Store& store, Leases& leases, std::chrono::seconds grace) {
  uint64_t bytes = 0;
  const auto now = static_cast<int64_t>(std::time(nullptr));
  for (const auto& batch : store.trash().batches())
    if (now - batch.time >= grace.count()) bytes += empty_batch(store, batch, leases.any_taken());
  ::rmdir((store.trash().root() / "collected").c_str());
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store.trash().root(), none)) {
    struct stat about = {};
    if (!entry.is_regular_file(none) || ::stat(entry.path().c_str(), &about) != 0) continue;
    if (now - about.st_ctim.tv_sec > kForPeople) bytes += remove_file(entry.path());
  }
  return bytes;
}

}  // namespace retort
