#pragma once
// What a page is about: a run, or a graph held against the store, with the results of its nodes.
#include <optional>
#include <string>
#include <vector>

#include "events/run_state.h"
#include "store/store.h"

namespace retort {

struct Subject {
  RunState state;                              ///< every node in topological order; of a graph that never ran: its plan
  int64_t seen = 0;                            ///< number of the newest event in `state`
  bool live = false;                           ///< the page goes on with what a server tells it
  std::string command, folder;                 ///< what makes it again, and where to type it
  Json resolved;                               ///< the graph as resolved (runs/<id>/graph.json): cells of the nodes
  std::vector<std::optional<Record>> records;  ///< by node
  std::vector<std::string> why;                ///< by node: why it ran, or would; since when its result is there
  Json tables = Json::array();                 ///< as `retort table --json` prints them
};

/// The records of the nodes whose key is known and whose result is there.
std::vector<std::optional<Record>> records_of(const RunState& state, const Store& store);

}  // namespace retort
