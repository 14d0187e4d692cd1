#pragma once
// Digests of files outside the store, remembered so that an unchanged file is not read again: a shortcut, never the
// key.
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "core/digest.h"
#include "core/file_stamp.h"

namespace retort {

/// How files lay when they were asked for: their stamps, and the ways to them. Bytes that were another's for a while
/// leave equal digests before and after, but not an equal trace.
struct Trace {
  std::string files;                         ///< digest of the stamps of files and of links on the way; empty: no files
  std::map<std::string, FileStamp> folders;  ///< on the way

  /// Whether nothing was written, replaced, or moved away and back since, as far as stamps show it. A folder that only
  /// got other entries is no trace of that.
  bool still_holds(const Trace& now) const;
};

class SourceDigests {
 public:
  /// `file` keeps what was learned between runs; damaged or absent means nothing was.
  explicit SourceDigests(std::filesystem::path file);

  /// SHA-256 of a file's content. Believed without reading while size, inode, modification and change time are those at
  /// the last reading and the file was at rest then (a file written within two seconds of its reading may have changed
  /// again without a trace in its times). Throws Error(data) if it cannot be read.
  std::string digest(const std::filesystem::path& path);

  /// Of everything below a folder, however many files: of a line `"NAME" DIGEST` each, sorted by name, then
  /// `"NAME/" empty` for each folder without files and `"NAME" no file` for what is neither (a link that leads nowhere).
  std::string tree_digest(const std::filesystem::path& folder);

  /// Of what was asked for since the last call.
  Trace take_trace();

  /// What was asked for since this object was made, by absolute path: files, and folders whose lists mattered.
  SeenFiles files_asked() const;
  SeenFiles folders_asked() const { return {folders_.begin(), folders_.end()}; }
  /// Whether no file that was asked for changed meanwhile.
  bool steady() const { return steady_; }

  /// Writes down what was learned. A store that cannot be written is no error: it is only learned again.
  void save() const noexcept;

 private:
  struct Known {
    SeenFile file;
    bool asked = false;
  };

  std::filesystem::path file_;
  std::map<std::string, Known> known_;
  std::map<std::string, SeenFile> folders_;
  void note_way(const std::filesystem::path& folder);
  void note(const FileStamp& stamp);

  std::set<std::string> noted_;  ///< folders whose ways are in `trace_`
  Trace trace_;
  Sha256 stamps_;
  bool learned_ = false, steady_ = true;
};

}  // namespace retort
