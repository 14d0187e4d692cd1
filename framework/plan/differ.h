#pragma once
// Two nodes of a graph explained by cause: what was set otherwise, in them and in everything they are made of.
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

struct Difference {
  std::vector<std::string> causes;  ///< "images: lr 0.1 -> 0.4 (g.json:14:53)", first causes first
  struct Metric {
    std::string name;
    double before = 0, after = 0;
  };
  std::vector<Metric> metrics;  ///< that both results have
};

Difference difference_of(const Plan& plan, size_t before, size_t after, SourceDigests& sources);

}  // namespace retort
