#pragma once
// A new file, written from front to back. What it counts and digests is what the file system took.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/digest.h"

namespace retort {

/// A file as it was written.
struct WrittenFile {
  std::string name;
  uint64_t size = 0;
  std::string digest;  ///< SHA-256 of the bytes, hex
  std::string bytes;   ///< all of them, if there are at most kSmallFile
};
inline constexpr uint64_t kSmallFile = 4096;

class FileWriter {
 public:
  /// Replaces a file of this name; it is there from `close`, or from the first 64 KiB on.
  explicit FileWriter(std::filesystem::path path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Throws Error(store) naming the file, the first byte that could not be written and the system's reason, and throws
  /// it again at whatever is asked of this file afterwards.
  void write(std::string_view bytes);
  void flush();
  /// All bytes are written, and the file has as many. Again: nothing.
  void close();
  uint64_t size() const { return size_; }
  /// After `close`. `name` is what it is called from now on.
  WrittenFile written(const std::string& name) const;

 private:
  [[noreturn]] void fail(int code);
  void put(std::string_view bytes);

  std::filesystem::path path_;
  int file_ = -1;
  bool closed_ = false;
  std::string buffer_, small_, failure_, digest_hex_;
  uint64_t size_ = 0, put_ = 0;
  Sha256 digest_;
};

/// What a file that is there would have been written as. Throws Error(store) if it cannot be read.
WrittenFile written_file(const std::filesystem::path& path, const std::string& name);

}  // namespace retort
