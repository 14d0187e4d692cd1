#pragma once
// Order of a graph's nodes, and what stands in its way.
#include <cstddef>
#include <utility>
#include <vector>

namespace retort {

struct Order {
  std::vector<size_t> nodes;  ///< every node after all that it needs; as near to the given order as that allows
  std::vector<std::vector<size_t>> cycles;  ///< each whole and in the direction of the data; then `nodes` is empty
};

/// `edges`: (node, what it needs). One cycle is named for each knot of nodes that need each other.
Order topological_order(size_t count, const std::vector<std::pair<size_t, size_t>>& edges);

}  // namespace retort
