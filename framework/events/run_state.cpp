#include "events/run_state.h"

#include <algorithm>
#include <array>

#include "core/system_text.h"

namespace retort {
namespace {

constexpr std::array<const char*, 8> kStatusNames = {"waiting", "hit",     "running",   "done",
                                                     "failed",  "skipped", "cancelled", "not needed"};

/// "node: ", or nothing where an event is about the whole run.
std::string about_node(const Json& event) { return event.contains("node") ? event.value("node", "") + ": " : ""; }

bool is_over(NodeStatus status) { return status != NodeStatus::waiting && status != NodeStatus::running; }

std::optional<double> seconds_left(const NodeView& node, double now) {
  if (is_over(node.status)) return 0.0;
  if (node.status == NodeStatus::waiting) return node.predicted;
  const double elapsed = now - node.started;
  if (node.done > 0 && node.total > 0)
    return elapsed * static_cast<double>(node.total - node.done) / static_cast<double>(node.done);
  if (!node.predicted) return std::nullopt;
  return std::max(0.0, *node.predicted - elapsed);
}

}  // namespace

const char* name_of(NodeStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

NodeStatus node_status(const std::string& name) {
  for (size_t i = 0; i < kStatusNames.size(); ++i)
    if (name == kStatusNames[i]) return static_cast<NodeStatus>(i);
  return NodeStatus::waiting;
}

void RunState::start(const Json& event) {
  run = event.value("run", "");
  graph = bytes_of(event.value("graph", ""));
  title = event.value("title", "");
  slots = event.value("slots", size_t{0});
  status = "running";
  started = event.value("t", 0.0);
  nodes.clear();
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
  view.seconds = event.value("seconds", view.started > 0 ? time - view.started : 0);
  if (view.status != NodeStatus::failed) return;
  view.error_kind = event.value("kind", "");
  view.error = event.value("text", "");
  last_failure = view.name;
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
  if (kind == "warn") warnings.push_back(about_node(event) + event.value("text", ""));
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
