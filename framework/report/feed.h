#pragma once
// What happens in a run, as messages to a page that shows it.
#include <filesystem>
#include <optional>
#include <set>

#include "events/run_state.h"

namespace retort {

class RunFeed {
 public:
  /// `seen`: number of the newest event the page knows.
  RunFeed(std::filesystem::path log, int64_t seen) : log_(std::move(log)), seen_(seen) {}

  /// What was logged since the last call: {"seen", "status", "started", "last", "rows": {node: row (nodes.h)},
  /// "metrics":
  /// [[node, name, step, value]], "warnings", "ended"?}. Nothing if nothing was.
  std::optional<Json> next();

 private:
  bool has_grown();
  void note(const Json& event, std::set<size_t>& changed, Json& metrics) const;

  std::filesystem::path log_;
  int64_t seen_;
  size_t from_ = 0;      ///< byte of the log
  uintmax_t size_ = 0;   ///< of the log when it was last read
  size_t warnings_ = 0;  ///< that the page knows
  RunState state_;
  std::map<std::string, size_t> index_;
};

}  // namespace retort
