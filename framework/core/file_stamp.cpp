#include "core/file_stamp.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace retort {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kRest = 2 * kSecond;

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kTick = 20 * kMillisecond;  // of a kernel that counts 100 a second, and as much again

int64_t nanoseconds(const statx_timestamp& time) { return time.tv_sec * kSecond + time.tv_nsec; }

std::optional<FileStamp> stamp_at(int folder, const char* path, int flags) {
  struct statx about = {};
  constexpr unsigned kWanted = STATX_TYPE | STATX_SIZE | STATX_INO | STATX_MTIME | STATX_CTIME | STATX_MNT_ID;
  if (::statx(folder, path, flags, kWanted, &about) != 0) return std::nullopt;
  const uint64_t device = uint64_t{about.stx_dev_major} << 32 | about.stx_dev_minor;
  const uint64_t mount = about.stx_mask & STATX_MNT_ID ? about.stx_mnt_id : 0;
  return FileStamp{
      about.stx_size, about.stx_ino, device, mount, nanoseconds(about.stx_mtime), nanoseconds(about.stx_ctime)};
}

}  // namespace

std::optional<FileStamp> stamp_of(const char* path) { return stamp_at(AT_FDCWD, path, 0); }
std::optional<FileStamp> link_stamp_of(const char* path) { return stamp_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW); }
std::optional<FileStamp> stamp_of(int descriptor) { return stamp_at(descriptor, "", AT_EMPTY_PATH); }

int64_t clock_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

int64_t resolution_of(const FileStamp& stamp) {
  return stamp.modified % kMillisecond != 0 || stamp.changed % kMillisecond != 0 ? kTick : kRest;
}

bool at_rest(const FileStamp& stamp, int64_t read) { return std::max(stamp.modified, stamp.changed) + kRest < read; }

}  // namespace retort
