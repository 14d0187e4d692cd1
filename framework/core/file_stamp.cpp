#include "core/file_stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace retort {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kRest = 2 * kSecond;

int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

}  // namespace

std::optional<FileStamp> stamp_of(const char* path) {
  struct stat about = {};
  if (::stat(path, &about) != 0) return std::nullopt;
  return FileStamp{static_cast<uint64_t>(about.st_size), about.st_ino, nanoseconds(about.st_mtim),
                   nanoseconds(about.st_ctim)};
}

int64_t clock_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

bool at_rest(const FileStamp& stamp, int64_t read) { return std::max(stamp.modified, stamp.changed) + kRest < read; }

}  // namespace retort
