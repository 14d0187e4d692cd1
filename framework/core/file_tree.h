#pragma once
// The files below one root by relative name, whether the root is a folder or an uncompressed tar archive: what data
// sets read.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/tar.h"

namespace retort {

class FileTree {
 public:
  /// Lists everything below `root`; links to folders are followed. Throws Error(data) naming the root if it is neither
  /// a folder nor a tar archive.
  explicit FileTree(const std::filesystem::path& root);

  /// Relative names with '/' between parts, sorted by bytes.
  const std::vector<std::string>& files() const& { return files_; }
  const std::vector<std::string>& folders() const& { return folders_; }
  const std::vector<std::string>& files() const&& = delete;  // would outlive the tree in a range-for
  const std::vector<std::string>& folders() const&& = delete;
  /// What is neither a file nor a folder, nor a link to one: links that lead nowhere, sockets. Sorted.
  const std::vector<std::string>& others() const& { return others_; }
  const std::vector<std::string>& others() const&& = delete;
  bool has(const std::string& file) const;
  /// The files whose name starts with `folder` + "/".
  std::vector<std::string> files_below(const std::string& folder) const;
  /// Whether there is any.
  bool has_files_below(const std::string& folder) const;
  /// The folders directly in `folder` ("": the root), by their own names.
  std::vector<std::string> folders_in(const std::string& folder) const;

  /// All bytes. Throws Error(data) naming the place, for one of `others` too. Thread-safe.
  std::string read(const std::string& file) const;
  /// What an error calls it: "root/a/b.jpg", "root.tar: a/b.jpg"; "" is the root.
  std::string place(const std::string& file) const;

 private:
  void list_folder();
  void list_archive();

  std::filesystem::path root_;
  std::unique_ptr<Tar> tar_;
  std::vector<std::string> files_, folders_, others_;
  std::vector<size_t> entries_;  ///< of an archive: the entry of each file
};

}  // namespace retort
