#pragma once
// Which results of a node type there are, in whatever graph or checkout they were made: where `why` and `carry` find
// what to compare with. Only explanations depend on it, never a key.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "store/store.h"

namespace retort {

/// The key text without what names code: equal for results that differ in code alone.
std::string without_code(const std::string& key_text);

class ResultIndex {
 public:
  struct Entry {
    Key key;
    std::string node;
    std::string stem;  ///< digest of without_code
  };

  explicit ResultIndex(const Store& store);

  /// Of one node type, oldest first. A store that has no index of the type yet is looked through once.
  const std::vector<Entry>& of_type(const std::string& type);
  /// Newest key that a node of this name and type has; empty if there is none.
  std::string last(const std::string& node, const std::string& type);
  static Entry entry(const Key& key, const std::string& node, const std::string& key_text);

  /// A result was published; written down by `save`.
  void add(const std::string& type, Entry entry) { added_[type].push_back(std::move(entry)); }
  /// A store that cannot be written is no error.
  void save() noexcept;

 private:
  std::filesystem::path file_of(const std::string& type) const;
  std::vector<Entry> read(const std::string& type) const;
  std::vector<Entry> look_through_store(const std::string& type, const std::vector<Entry>& known) const;
  void append(const std::string& type, const std::vector<Entry>& entries) const;

  const Store* store_;
  std::filesystem::path folder_;
  std::map<std::string, std::vector<Entry>> known_;
  std::map<std::string, std::map<std::string, std::string>> last_;  ///< type → node → key
  std::map<std::string, std::vector<Entry>> added_;                 ///< since the last save
};

}  // namespace retort
