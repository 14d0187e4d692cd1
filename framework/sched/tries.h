#pragma once
// What has been tried in one run, by key: how often a result was begun, lost with its worker, failed in which way,
// found damaged; and from that, whether it is tried again. Pure logic.
#include <map>
#include <string>
#include <utility>

#include "core/error.h"

namespace retort {

class Tries {
 public:
  /// A job of the key starts; the number of this try, from 1.
  int begin(const std::string& key) { return ++begun_[key]; }
  /// A worker died over it.
  void died(const std::string& key) { ++deaths_[key]; }
  /// Whether who looks for the cause has to look at the node: two workers died.
  bool is_deadly(const std::string& key) const;
  /// It failed: whether the policy of this kind of failure (failure.h) allows a further try.
  bool once_more(const std::string& key, ErrorKind kind);
  /// Its result was found damaged: whether it may be computed again. A disk that damages everything ends the run.
  bool heal(const std::string& key);

 private:
  std::map<std::string, int> begun_, deaths_, healed_;
  std::map<std::pair<std::string, ErrorKind>, int> failures_;
};

}  // namespace retort
