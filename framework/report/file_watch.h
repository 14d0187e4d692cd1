#pragma once
// Tells of a file that was written, without looking at it all the time.
#include <filesystem>

namespace retort {

class FileWatch {
 public:
  explicit FileWatch(const std::filesystem::path& file);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Readable after the file was written; -1 where the kernel tells nothing. Network file systems tell nothing either:
  /// whoever waits looks from time to time.
  int descriptor() const { return notify_; }
  void drain();

 private:
  int notify_ = -1;
};

}  // namespace retort
