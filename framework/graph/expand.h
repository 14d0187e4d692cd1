#pragma once
// Drafts and cells → nodes: which axes a node depends on, one node for each combination of their values.
#include "graph/draft.h"
#include "graph/sweep.h"

namespace retort {

/// A node's name and text, taken out of the document, in the order they were written.
struct NodeText {
  std::string name;
  MarkedJson text;
};

/// The nodes in topological order. Link::port is as it was written, empty where it was not (links.h). Reports cycles,
/// and leaves out a link of each.
std::vector<GraphNode> expand(Reading& reading, std::vector<NodeText> texts, const Sweep& sweep,
                              const Inherited& inherited);

}  // namespace retort
