#include "cli/last_runs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/system_text.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr size_t kMostRuns = 20;  // that are looked into, newest first

std::vector<std::filesystem::path> newest_runs(const Store& store) {
  std::vector<std::filesystem::path> folders;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(store.runs(), none)) folders.push_back(entry.path());
  std::sort(folders.rbegin(), folders.rend());  // ids begin with the time
  return folders;
}

/// By the first line of its log alone.
bool is_run_of(const std::filesystem::path& folder, const std::string& graph) {
  std::ifstream log(folder / "events.jsonl");
  std::string line;
  if (!std::getline(log, line)) return false;
  const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  return event.is_object() && event.contains("graph") && event["graph"].is_string() &&
         std::filesystem::absolute(bytes_of(event["graph"].get<std::string>())) == std::filesystem::absolute(graph);
}

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
  for (const auto& folder : newest_runs(store)) {
    if (looked_into == kMostRuns || decided.size() == plan.size()) break;
    if (!is_run_of(folder, plan.graph().file)) continue;
    const RunState state = fold(read_events(folder / "events.jsonl"));
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
