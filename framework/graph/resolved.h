#pragma once
// The graph as it will run: every default written, every sweep multiplied out. Kept with each run.
#include <string>

#include "graph/graph.h"

namespace retort {

/// JSON, one node a line: {"retort", "title", "nodes": {name: {"type", "base", "cell", "params", "inputs", "seed",
/// "device", "precision", "threads", "timeout"}}}. "seed" and "precision" stand only where they reach
/// the node. Links name their port.
std::string resolved_text(const Graph& graph);

}  // namespace retort
