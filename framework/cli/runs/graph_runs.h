#pragma once
// The runs of a store by the graph they ran, and what the nodes of a graph are in them.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "events/run_state.h"
#include "store/store.h"

namespace retort {

/// A graph file that was run on a store. The file itself may be gone, or be another by now.
struct GraphRuns {
  std::filesystem::path graph;    ///< absolute
  std::vector<std::string> runs;  ///< ids, newest first
};

/// The graph of the newest run first. Runs whose log has no beginning are left out.
std::vector<GraphRuns> runs_by_graph(const Store& store);

/// The path as people would type it here: relative if it lies below this folder.
std::string typed_path(const std::filesystem::path& path);

/// What a name is in a run.
struct NodeInRun {
  std::string run, node;  ///< its id; the node's full name
  std::string key;        ///< empty if it was not known yet
  NodeStatus status = NodeStatus::waiting;
  std::string reason;  ///< of a node that has no result: "failed", "cancelled", …
  double time = 0;     ///< of the run's beginning, seconds since 1970
};

/// A node of this name in this run; numbers in it may be written otherwise ("score{lr=1}" for "score{lr=1.0}").
std::optional<NodeInRun> node_in_run(const Store& store, const std::string& run, const std::string& name);

/// The node in the newest run of the graph that looked at it: one of a part of the graph did not look at the others.
/// Nothing if the graph, as it was when it ran last, has no such node.
std::optional<NodeInRun> node_in_graph(const Store& store, const GraphRuns& graph, const std::string& name);

std::string time_text(double seconds_since_1970);  ///< "2026-11-30T09:50:22Z"

}  // namespace retort
