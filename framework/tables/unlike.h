#pragma once
// What two results differ in that no axis of the sweep explains: another student, another recipe, other code, other
// test data, other hardware. A table that compares them has to say so.
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

class Unlike {
 public:
  /// `reference`: the node that others are held against, a hit. Throws DamagedResult if its result is gone by now.
  Unlike(const Plan& plan, size_t reference);
  /// One line a difference, empty if there is none. `other` is a hit. Seeds, and inputs other than held-out data, are
  /// what tables compare: they are not named.
  std::vector<std::string> differences(size_t other) const;

 private:
  const Plan& plan_;
  const size_t reference_;
  const Record record_;
};

}  // namespace retort
