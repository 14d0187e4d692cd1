#pragma once
// An uncompressed tar archive read in place, without unpacking: a data set of a million small files is one file to
// copy, to digest and to open. Reads POSIX ustar, with GNU's and POSIX's records for long names and large sizes.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort {

struct TarEntry {
  std::string name;  ///< with '/' between parts; no leading "./", no trailing '/'
  bool folder = false;
  uint64_t offset = 0;  ///< of its bytes in the archive
  uint64_t size = 0;
};

class Tar {
 public:
  /// Reads all headers. Throws Error(data) naming the file for one that is not a tar archive, damaged or cut off, and
  /// for links and sparse files, which have no bytes of their own.
  explicit Tar(const std::filesystem::path& file);
  ~Tar();
  Tar(const Tar&) = delete;
  Tar& operator=(const Tar&) = delete;

  /// Files and folders, in the archive's order.
  const std::vector<TarEntry>& entries() const { return entries_; }
  /// The bytes of a file. Throws Error(data). Thread-safe.
  std::string read(const TarEntry& entry) const;
  /// A part of them, for files larger than memory; less than `count` at the end.
  std::string read(const TarEntry& entry, uint64_t from, size_t count) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  void read_headers();
  void read_at(uint64_t offset, char* to, size_t count) const;

  std::filesystem::path path_;
  int file_ = -1;
  uint64_t size_ = 0;
  std::vector<TarEntry> entries_;
};

}  // namespace retort
