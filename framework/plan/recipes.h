#pragma once
// What results of a recipe were found under which content keys, in the whole store: lets a result stand whose inputs
// were collected. Only a lead: what it names is believed for its record alone, and what it forgot is computed again.
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/checked_name.h"

namespace retort {

class Recipes {
 public:
  /// `folder`: where they are kept, in 256 files by the first two digits of the recipe.
  explicit Recipes(std::filesystem::path folder);

  /// Whether nothing is known of any recipe.
  bool empty() const { return empty_; }
  /// Content keys of results that a recipe had, the newest first.
  const std::vector<Key>& keys(const std::string& recipe);
  void add(const std::string& recipe, const std::string& key);  ///< for the next process that asks
  void save() noexcept;  ///< appends what was added; a store that cannot be written is no error

 private:
  using Shard = std::unordered_map<std::string, std::vector<Key>>;
  Shard& shard(const std::string& recipe);

  std::filesystem::path folder_;
  bool empty_;
  std::array<std::optional<Shard>, 256> shards_;
  std::map<std::string, std::string> added_;  ///< file → lines for it
};

}  // namespace retort
