#include "sched/tries.h"

#include "sched/failure.h"

namespace retort {
namespace {

constexpr int kMostHeals = 2;

}  // namespace

bool Tries::is_deadly(const std::string& key) const {
  const auto found = deaths_.find(key);
  return found != deaths_.end() && found->second > 1;
}

bool Tries::once_more(const std::string& key, ErrorKind kind) {
  return ++failures_[{key, kind}] <= policy_of(kind).retries;
}

bool Tries::heal(const std::string& key) { return ++healed_[key] <= kMostHeals; }

}  // namespace retort
