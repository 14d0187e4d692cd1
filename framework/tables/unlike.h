#pragma once
// What two results differ in that no axis of the sweep explains: another student, another recipe, other code, other
// test data, other hardware. A table that compares them has to say so.
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

/// One line a difference, empty if there is none. Both nodes are hits. Seeds, and inputs other than held-out data, are
/// what tables compare: they are not named.
std::vector<std::string> unexplained_differences(const Plan& plan, size_t reference, size_t other);

}  // namespace retort
