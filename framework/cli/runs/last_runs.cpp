#include "cli/runs/last_runs.h"

#include <filesystem>
#include <set>

#include "cli/runs/run_list.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr size_t kMostRuns = 20;  // that are looked into, newest first

bool is_failure(const NodeView& node) {
  return node.status == NodeStatus::failed || node.status == NodeStatus::skipped;
}

std::string reason_of(const NodeView& node) { return node.status == NodeStatus::failed ? node.error : node.reason; }

/// Whether the node would compute now what it failed at then.
bool is_current(const Plan& plan, const std::map<std::string, size_t>& index, const NodeView& node) {
  const auto found = index.find(node.name);
  if (found == index.end() || !is_open(plan.at(found->second).state)) return false;
  const std::string& key = plan.at(found->second).key;
  return key.empty() || node.key.empty() || key == node.key;
}

std::map<std::string, size_t> index_of(const Plan& plan) {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < plan.size(); ++i) index[plan.graph().nodes[i].name] = i;
  return index;
}

}  // namespace

std::map<std::string, std::string> failures_of(const Plan& plan, const RunState& state) {
  const auto index = index_of(plan);
  std::map<std::string, std::string> failures;
  for (const auto& node : state.nodes)
    if (is_failure(node) && is_current(plan, index, node)) failures[node.name] = reason_of(node);
  return failures;
}

std::map<std::string, std::string> failures_of(const Plan& plan, const Store& store) {
  std::map<std::string, std::string> failures;
  if (!plan.has_work()) return failures;
  const auto index = index_of(plan);
  std::set<std::string> decided;
  size_t looked_into = 0;
  const auto graph = path_of_graph(plan.graph().file);
  for (const auto& run : run_ids(store)) {
    if (looked_into == kMostRuns || decided.size() == plan.size()) break;
    if (graph_of_run(store, run) != graph) continue;
    const RunState state = fold_log(store.runs() / run / kEventsFile);
    ++looked_into;
    for (const auto& node : state.nodes) {
      if (node.status == NodeStatus::waiting || node.status == NodeStatus::running ||
          node.status == NodeStatus::cancelled || !decided.insert(node.name).second)
        continue;
      if (is_failure(node) && is_current(plan, index, node)) failures[node.name] = reason_of(node);
    }
  }
  return failures;
}

}  // namespace retort
