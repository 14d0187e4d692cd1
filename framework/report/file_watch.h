#pragma once
// Waits for a file to change without looking at it all the time.
#include <filesystem>

namespace retort {

class FileWatch {
 public:
  explicit FileWatch(const std::filesystem::path& file);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Returns when the file was written, when `stop` (a descriptor, or -1) can be read, or after `milliseconds`: where
  /// the kernel tells nothing (network file systems) the caller looks then. False only for `stop`.
  bool wait(int milliseconds, int stop);

 private:
  int notify_ = -1;
};

}  // namespace retort
