#pragma once
// Which result each node of a graph file had last: what `why` compares with, and where predicted seconds come from.
// Only explanations depend on it, never a key.
#include <filesystem>
#include <map>
#include <string>

#include "store/store.h"

namespace retort {

class Names {
 public:
  /// The memory of one graph file, by its absolute path.
  Names(const Store& store, const std::filesystem::path& graph);

  /// Key of the node's newest result; empty if it never had one here.
  std::string last(const std::string& node) const;
  void remember(const std::string& node, const std::string& key);
  const std::filesystem::path& file() const { return file_; }  ///< where it is kept
  void save() noexcept;  ///< if anything was learned since; a store that cannot be written is no error

 private:
  std::filesystem::path file_;
  std::string graph_;
  std::map<std::string, std::string> keys_;
  bool learned_ = false;
};

}  // namespace retort
