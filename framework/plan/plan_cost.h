#pragma once
// What a plan costs: every result that has to be made, once.
#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/prices.h"

namespace retort {

struct PlanCost {
  std::vector<Price> of;                  ///< each node; nothing for hits and for equal results after the first
  std::map<std::string, double> seconds;  ///< device class → sum
  uint64_t bytes = 0;                     ///< that will be stored
  size_t unknown = 0;                     ///< results never made and like none that was
  size_t results = 0;                     ///< to make: nodes with one key are one
  double critical_seconds = 0;
  std::vector<size_t> critical_path;  ///< the nodes that take longest one after the other
};

PlanCost cost_of(const Plan& plan, Prices& prices, SourceDigests& sources);

}  // namespace retort
