#pragma once
// Old results under new code: a result that differs from what a node would be now in the identity of code alone can be
// linked to the node's new key, if that code is known to compute the same.
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

/// Code that changed between two results: the node's own (owner empty) or that of a component ("losses[1]").
struct CodeChange {
  std::string owner;
  const Manifest* manifest = nullptr;
  std::string before, after;
};
std::string to_string(const CodeChange& change);  ///< "losses[1] (bn_match)"

struct CarryOver {
  Record before;
  std::vector<CodeChange> changes;
};

/// The newest result that differs in code alone from what the node will be, and is whole; nothing for a node whose
/// inputs are not there, a hit, or one without such a result.
std::optional<CarryOver> to_carry(const Plan& plan, size_t node, ResultIndex& results);

/// The record under the node's key, with the same outputs. `note` (how, by whom, with which proof) goes into its
/// about.carried, beside the key it came from and the code that changed.
Record carried(const CarryOver& over, const PlannedNode& planned, Json note);

}  // namespace retort
