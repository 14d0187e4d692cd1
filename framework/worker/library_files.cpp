#include "worker/library_files.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

namespace retort {
namespace {

constexpr int64_t kInWork = 1'000'000'000;

int64_t touched(const FileStamp& stamp) { return std::max(stamp.modified, stamp.changed); }

}  // namespace

void LibraryFiles::watch(const std::vector<std::string>& paths, int64_t since) {
  const std::lock_guard lock(lock_);
  for (const auto& path : paths) {
    if (files_.count(path)) continue;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const auto stamp = stamp_of(descriptor);
    // A time to come is a wrong clock's and tells nothing.
    if (!stamp || (touched(*stamp) + resolution_of(*stamp) >= since && touched(*stamp) <= clock_now()))
      throw StaleCode(path, "was written while it was opened");
    files_[path] = {descriptor, *stamp};
  }
}

void LibraryFiles::check() const {
  const std::lock_guard lock(lock_);
  for (const auto& [path, one] : files_) {
    const auto now = stamp_of(one.descriptor);
    if (!now || now->size != one.stamp.size || now->modified != one.stamp.modified)
      throw StaleCode(path, "was written in place while its code was in use");
  }
}

bool LibraryFiles::is_in_work(const std::string& path) {
  auto stamp = stamp_of(path.c_str());
  if (!stamp) stamp = stamp_of(std::filesystem::path(path).parent_path().c_str());
  if (!stamp) return false;
  const int64_t now = clock_now();
  return touched(*stamp) + kInWork > now && touched(*stamp) <= now;
}

}  // namespace retort
