#pragma once
// Nodes against each other: which output a link means, whether its kind fits, who may read test data, and whether the
// facts that reach a node through different inputs (number of classes, image size) agree.
#include "graph/reading.h"

namespace retort {

/// The declared input behind a port of GraphNode::inputs, a component's ("init.data") too.
const PortSpec* input_spec(const GraphNode& node, const std::string& port);

/// Checks all links and fills in Link::port where it was not written. `nodes` in topological order.
void check_links(Reading& reading, std::vector<GraphNode>& nodes);

}  // namespace retort
