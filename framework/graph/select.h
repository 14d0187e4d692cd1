#pragma once
// A part of a graph: some cells, up to a node, from a node on. What the part needs is always in it.
#include <string>
#include <vector>

#include "graph/graph.h"

namespace retort {

struct Selection {
  std::vector<std::string> only;   ///< each "source=sc_dd,lr=0.1" or a node's name; nodes of any of them
  std::string from, until;         ///< names of nodes, before or after multiplication
  std::vector<std::string> nodes;  ///< full names: nothing but these

  bool empty() const { return only.empty() && from.empty() && until.empty() && nodes.empty(); }
};

/// Indices of the chosen nodes and of all they need, in order. A node belongs to a cell if it depends on all axes
/// named and has their values. Throws Error(user), with the nearest valid name, for what the graph does not have and
/// for a choice that leaves nothing.
std::vector<size_t> selected(const Graph& graph, const Selection& selection);

/// The graph of these nodes, which must hold all that they need. Tables, axes and `resolved` stay those of the whole.
Graph part_of(const Graph& graph, const std::vector<size_t>& nodes);

}  // namespace retort
