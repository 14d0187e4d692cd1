#include "cli/runs/graph_runs.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <map>

#include "cli/runs/run_list.h"
#include "core/json_skim.h"
#include "events/event_log.h"
#include "graph/value_name.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Whether the graph that was run, of which the run may have been a part, has this node (graph/resolved.h: a line a
/// node). A run that kept no graph says nothing: it may.
bool may_have_had(const Store& store, const std::string& run, const std::string& name) {
  const fs::path file = store.runs() / run / kGraphFile;
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return true;
  std::ifstream text(file);
  const std::string plain = plain_numbers(name);
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line[0] != '"') continue;
    const auto end = line.find("\":{\"type\":");
    if (end == std::string::npos) continue;
    const Json found = Json::parse(line.substr(0, end + 1), nullptr, /*allow_exceptions=*/false);
    if (found.is_string() && plain_numbers(found) == plain) return true;
  }
  return false;
}

std::string reason_of(const NodeView& node, const RunState& run, bool goes_on) {
  if (node.status == NodeStatus::unneeded) return "not needed, and collected";
  const bool open = node.status == NodeStatus::waiting || node.status == NodeStatus::running;
  if (open && !goes_on && run.status == "running") return "interrupted";
  return name_of(node.status);
}

}  // namespace

std::vector<GraphRuns> runs_by_graph(const Store& store) {
  std::vector<GraphRuns> all;
  std::map<fs::path, size_t> index;
  for (const auto& run : run_ids(store)) {
    const auto graph = graph_of_run(store, run);
    if (graph.empty()) continue;
    const auto [at, fresh] = index.try_emplace(graph, all.size());
    if (fresh) all.push_back({graph, {}});
    all[at->second].runs.push_back(run);
  }
  return all;
}

std::string typed_path(const fs::path& path) {
  std::error_code none;
  const fs::path near = path.lexically_proximate(fs::current_path(none));
  return near.empty() || *near.begin() == ".." ? path.string() : near.string();
}

std::optional<NodeInRun> node_in_run(const Store& store, const std::string& run, const std::string& name) {
  const fs::path log = store.runs() / run / kEventsFile;
  std::error_code none;
  if (!fs::is_regular_file(log, none)) return std::nullopt;
  const bool goes_on = has_writer(log);
  const RunState state = fold(read_events(log));
  const NodeView* node = state.find(name);
  if (!node && name.find('{') != std::string::npos) {
    const std::string plain = plain_numbers(name);
    for (const auto& one : state.nodes)
      if (!node && plain_numbers(one.name) == plain) node = &one;
  }
  if (!node) return std::nullopt;
  return NodeInRun{run, node->name, node->key, node->status, reason_of(*node, state, goes_on), state.started};
}

std::optional<NodeInRun> node_in_graph(const Store& store, const GraphRuns& graph, const std::string& name) {
  for (const auto& run : graph.runs) {
    if (auto found = node_in_run(store, run, name)) return found;
    if (!may_have_had(store, run, name)) return std::nullopt;
  }
  return std::nullopt;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  ::gmtime_r(&whole, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace retort
