#pragma once
// Which result each node of a graph file had last: what `why` compares with, and where predicted seconds come from. In
// a graph that has no memory (moved, another checkout), what a node of that name and type had anywhere in the store.
// Only explanations depend on it, never a key.
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "plan/result_index.h"
#include "store/store.h"

namespace retort {

class Names {
 public:
  /// The memory of one graph file, by its absolute path.
  Names(const Store& store, const std::filesystem::path& graph);

  /// Key of the newest result of the node, which is of this type; empty if it never had one.
  std::string last(const std::string& node, const std::string& type) const;
  /// Whether that is one of this graph, not only of a node of that name somewhere.
  bool knows(const std::string& node) const { return keys_.count(node) > 0; }
  void remember(const std::string& node, const Key& key);
  /// The node's result, which is of this type, has been published just now.
  void learn(const std::string& node, const std::string& type, const Key& key, const std::string& key_text);
  ResultIndex& results() const { return results_; }
  const std::filesystem::path& file() const { return file_; }  ///< where it is kept
  void save() noexcept;  ///< if anything was learned since; a store that cannot be written is no error

 private:
  std::map<std::string, Key> written() const;
  std::filesystem::path file_;
  std::string graph_;
  std::map<std::string, Key> keys_;
  std::set<std::string> learned_;  ///< nodes, since the last save
  mutable ResultIndex results_;    ///< read when first asked
};

}  // namespace retort
