#pragma once
// What a node is by its type or by one of its components.
#include <algorithm>

#include "graph/graph.h"

namespace retort {

/// `what`: PluginSpec::random, PluginSpec::numeric.
inline bool declares(const GraphNode& node, bool PluginSpec::* what) {
  const auto of = [&](const Manifest* manifest) { return manifest && manifest->spec.*what; };
  return of(node.manifest) || std::any_of(node.components.begin(), node.components.end(),
                                          [&](const NodeComponent& one) { return of(one.manifest); });
}

}  // namespace retort
