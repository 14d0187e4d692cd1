#pragma once
// The runs of a store as lists show them, without reading whole logs.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin_spec.h"
#include "store/store.h"

namespace retort {

/// Ids, newest first.
std::vector<std::string> run_ids(const Store& store);

/// How a graph file is told from others: absolute, without links, whether it is there or not.
std::filesystem::path path_of_graph(const std::filesystem::path& graph);

/// The graph file that the run ran, absolute; empty if its log has no beginning.
std::filesystem::path graph_of_run(const Store& store, const std::string& run);

/// Status of a run whose log has no end and no writer: its process was killed.
inline constexpr const char* kInterrupted = "interrupted";

struct RunHead {
  std::string run, graph, folder, title, status;  ///< status: as in the log's end, "running" or kInterrupted
  double started = 0, last = 0;
  size_t nodes = 0;
};

/// From the first and the last line of its log; nothing if there is no whole first line.
std::optional<RunHead> run_head(const Store& store, const std::string& run);

/// Id of the newest run of this graph file; empty if there is none.
std::string newest_run(const Store& store, const std::filesystem::path& graph);

}  // namespace retort
