#pragma once
// Two results beside each other.
#include <string>
#include <vector>

#include "graph/graph.h"
#include "store/store.h"

namespace retort {

/// Lines "node: what differs", from `before` to `after`: what differs in the results that their inputs came from first,
/// then their own fields, then the machines they were made on, since equal bits are promised on one kind only. Places
/// are known of values that `node`, if there is one, was given in a graph.
std::vector<std::string> differences(const Store& store, const Record& before, const Record& after,
                                     const GraphNode* node = nullptr);

}  // namespace retort
