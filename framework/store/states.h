#pragma once
// Final training states of nodes with a budget (how far to go): a longer run starts from the kept state of a shorter. A
// state is a result like any other (a record and an object, verified, collected by worth), under a key of its own: the
// node's key text without the budget, with the horizon of its schedule, and where this state stands.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "store/store.h"

namespace retort {

class States {
 public:
  /// `text`: what all states of one training have in common.
  States(const Store& store, std::string text) : store_(store), text_(std::move(text)) {}

  struct Found {
    int64_t stop = 0;
    Record record;
    std::filesystem::path file;  ///< verified
  };
  /// The state that stands furthest, `at_most` there. Looked for among the 100,000 budgets below. A damaged one goes to
  /// trash/ and counts as absent.
  std::optional<Found> furthest(int64_t at_most, const std::filesystem::path& scratch) const;

  /// Moves the file into the store. `about` as in other records.
  void keep(int64_t stop, const std::filesystem::path& file, const std::string& type, Json about, bool sync) const;

 private:
  std::string key_text(int64_t stop) const;
  const Store& store_;
  std::string text_;
};

}  // namespace retort
