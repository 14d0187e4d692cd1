#include "core/file_stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace retort {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kRest = 2 * kSecond;

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kTick = 20 * kMillisecond;  // of a kernel that counts 100 a second, and as much again

int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

FileStamp stamp_from(const struct stat& about) {
  return {static_cast<uint64_t>(about.st_size), about.st_ino, nanoseconds(about.st_mtim), nanoseconds(about.st_ctim)};
}

}  // namespace

std::optional<FileStamp> stamp_of(const char* path) {
  struct stat about = {};
  if (::stat(path, &about) != 0) return std::nullopt;
  return stamp_from(about);
}

std::optional<FileStamp> stamp_of(int descriptor) {
  struct stat about = {};
  if (::fstat(descriptor, &about) != 0) return std::nullopt;
  return stamp_from(about);
}

int64_t clock_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

int64_t resolution_of(const FileStamp& stamp) {
  return stamp.modified % kMillisecond != 0 || stamp.changed % kMillisecond != 0 ? kTick : kRest;
}

bool at_rest(const FileStamp& stamp, int64_t read) { return std::max(stamp.modified, stamp.changed) + kRest < read; }

}  // namespace retort
