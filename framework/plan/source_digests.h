#pragma once
// Digests of files outside the store, remembered so that an unchanged file is not read again: a shortcut, never the
// key.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace retort {

class SourceDigests {
 public:
  /// `file` keeps what was learned between runs; unreadable or absent means nothing was.
  explicit SourceDigests(std::filesystem::path file);

  /// SHA-256 of a file's content. Believed without reading while size, inode, modification and change time are those at
  /// the last reading and the file was at rest then (a file written within two seconds of its reading may have changed
  /// again without a trace in its times). Throws Error(data) if it cannot be read.
  std::string digest(const std::filesystem::path& path);

  /// Writes down what was learned. A store that cannot be written is no error: it is only learned again.
  void save() const noexcept;

 private:
  struct Seen {
    uint64_t size = 0, inode = 0;
    int64_t modified = 0, changed = 0, read = 0;  ///< nanoseconds since 1970; `read`: when its reading began
    std::string digest;
  };
  static Seen look(const std::filesystem::path& path);

  std::filesystem::path file_;
  std::map<std::string, Seen> seen_;
  bool learned_ = false;
};

}  // namespace retort
