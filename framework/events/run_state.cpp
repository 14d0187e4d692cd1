#include "events/run_state.h"

#include <algorithm>

#include "core/system_text.h"
#include "events/event_log.h"
#include "events/time_left.h"

namespace retort {

void RunState::start(const Json& event) {
  run = event.value("run", "");
  graph = bytes_of(event.value("graph", ""));
  title = event.value("title", "");
  slots = event.value("slots", size_t{0});
  status = "running";
  started = event.value("t", 0.0);
  nodes.clear();
  warnings.clear();
  told_.clear();
  index_.clear();
  add_nodes(event);
}

void RunState::add_nodes(const Json& event) {
  const auto list = event.find("nodes");
  if (list == event.end()) return;
  for (const auto& one : *list) {
    NodeView view;
    view.name = one.value("name", "");
    view.type = one.value("type", "");
    view.status = node_status(one.value("status", "waiting"));
    view.reason = one.value("reason", "");
    view.key = one.value("key", "");
    view.after = one.value("after", std::vector<size_t>{});
    if (one.contains("predicted")) view.predicted = one["predicted"].get<double>();
    add_carried(view.name, one);
    index_[view.name] = nodes.size();
    nodes.push_back(std::move(view));
  }
}

void RunState::node(const Json& event) {
  const auto it = index_.find(event.value("node", ""));
  if (it == index_.end()) return;
  NodeView& view = nodes[it->second];
  const double time = event.value("t", 0.0);
  view.status = node_status(event.value("status", "waiting"));
  view.reason = event.value("reason", view.reason);
  view.key = event.value("key", view.key);
  view.slot = event.value("slot", view.slot);
  if (view.status == NodeStatus::running) view.started = time, view.done = view.total = 0;
  add_carried(view.name, event);
  view.seconds = event.value("seconds", view.started > 0 ? time - view.started : 0);
  if (view.status != NodeStatus::failed) return;
  view.error_kind = event.value("kind", "");
  view.error = event.value("text", "");
  last_failure = view.name;
}

void RunState::warn(const std::string& node, const std::string& text) {
  if (warnings.size() < kMostWarnings && told_.emplace(node, text).second) warnings.push_back({node, text});
}

/// What a result that is there carries. A node that ran has told most of it while it ran.
void RunState::add_carried(const std::string& node, const Json& event) {
  const auto list = event.find("warnings");
  if (list == event.end() || !list->is_array()) return;
  for (const auto& text : *list) warn(node, text.get<std::string>());
}

void RunState::apply(const Json& event) {
  try {
    take(event);
  } catch (const Json::exception&) {  // a field of a type that no version writes
  }
}

void RunState::take(const Json& event) {
  last = event.value("t", last);
  const std::string kind = event.value("ev", "");
  if (kind == "run") return start(event);
  if (kind == "nodes") return add_nodes(event);
  if (kind == "node") return node(event);
  if (kind == "end") status = event.value("status", "");
  if (kind == "warn") return warn(event.value("node", ""), event.value("text", ""));
  if (kind != "progress") return;
  if (const auto it = index_.find(event.value("node", "")); it != index_.end()) {
    nodes[it->second].done = event.value("done", int64_t{0});
    nodes[it->second].total = event.value("total", int64_t{0});
  }
}

size_t RunState::count(NodeStatus wanted) const {
  return static_cast<size_t>(
      std::count_if(nodes.begin(), nodes.end(), [&](const NodeView& node) { return node.status == wanted; }));
}

const NodeView* RunState::find(const std::string& name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &nodes[it->second];
}

RunState fold(const std::vector<Json>& events) {
  RunState state;
  for (const auto& event : events) state.apply(event);
  return state;
}

RunState fold_log(const std::filesystem::path& log) {
  RunState state;
  each_event(log, [&](Json&& event) { state.apply(event); });
  return state;
}

std::optional<double> remaining_seconds(const RunState& state, double now) {
  std::vector<double> end(state.nodes.size(), 0);  // nodes are in topological order
  double latest = 0;
  for (size_t i = 0; i < state.nodes.size(); ++i) {
    const auto own = seconds_left(state.nodes[i], now);
    if (!own) return std::nullopt;
    for (const size_t before : state.nodes[i].after)
      if (before < i) end[i] = std::max(end[i], end[before]);
    end[i] += *own;
    latest = std::max(latest, end[i]);
  }
  return latest;
}

}  // namespace retort
