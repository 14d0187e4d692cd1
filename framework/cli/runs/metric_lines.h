#pragma once
// What a run without tables has to show: the metrics of its results, and how to make a table of them.
#include <string>

#include "cli/session/session.h"

namespace retort {

/// A line a node that has metrics, at most some twenty, then the command that makes a table. Empty for a graph with
/// tables, or without metrics.
std::string metric_lines(const GraphOptions& asked, const Plan& plan);

}  // namespace retort
