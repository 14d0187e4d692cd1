#pragma once
// Stamps of the 256 folders that results or objects lie in, so that a later command need not look into those that did
// not change since.
#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "core/file_stamp.h"

namespace retort {

using FolderStamps = std::array<std::optional<SeenFile>, 256>;

class FolderWatch {
 public:
  /// `place`: the folder they lie in.
  explicit FolderWatch(std::filesystem::path place) : place_(std::move(place)) {}

  /// Before the first thing of this name (a digest in hex) is looked up.
  void watch(const std::string& name);
  /// A thing appeared that was not looked up here: its folder has to be looked into the next time.
  void came(const std::string& name);
  const FolderStamps& stamps() const { return stamps_; }

 private:
  std::filesystem::path place_;
  FolderStamps stamps_;
};

}  // namespace retort
