#pragma once
// What the file system says about a file without reading it, and when that may be believed.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace retort {

/// Times are nanoseconds since 1970. `device` and `mount` tell the file systems and mounts apart that may lie under one
/// name one after the other; where the kernel does not number mounts, `mount` is 0.
struct FileStamp {
  uint64_t size = 0, inode = 0, device = 0, mount = 0;
  int64_t modified = 0, changed = 0;
  bool operator==(const FileStamp&) const = default;
};

/// Of a file or a folder. Nothing if it cannot be looked at; errno says why.
std::optional<FileStamp> stamp_of(const char* path);
std::optional<FileStamp> stamp_of(int descriptor);
/// Of a symbolic link itself.
std::optional<FileStamp> link_stamp_of(const char* path);

/// Nanoseconds since 1970.
int64_t clock_now();

/// Whether a file that still has this stamp has the bytes that were read at `read`. One that was written within two
/// seconds of its reading may have changed again without a trace in its times (the racily clean rule); two seconds is
/// the coarsest clock of a file system in use (FAT, old network servers).
bool at_rest(const FileStamp& stamp, int64_t read);

/// How long after a write another one may leave the same times, in nanoseconds: a tick of the kernel where the times
/// show that their file system keeps such small differences, else two seconds.
int64_t resolution_of(const FileStamp& stamp);

/// A file as it was when it was read, or a folder as it was when it was listed (without a digest).
struct SeenFile {
  FileStamp stamp;
  int64_t read = 0;    ///< when its reading began
  std::string digest;  ///< SHA-256 of its bytes, hex

  /// Whether the file of that name certainly still is what was seen; looks at its stamp only.
  bool is_certainly(const std::optional<FileStamp>& now) const { return now == stamp && at_rest(stamp, read); }
};
using SeenFiles = std::vector<std::pair<std::string, SeenFile>>;  ///< by absolute path

}  // namespace retort
