#include "sched/opening.h"

#include <algorithm>

#include "core/error.h"
#include "plan/why.h"

namespace retort {
namespace {

constexpr size_t kNodesAnEvent = 1000;

/// Why it runs; of a hit, the parent store it lies in.
std::string reason_of(const Plan& plan, size_t node, SourceDigests& sources) {
  const auto& record = plan.at(node).record;
  if (plan.at(node).state == PlanState::hit)
    return record && !record->from.empty() ? "from " + record->from : std::string();
  return reasons_text(plan, node, sources);
}

Json listed(const Plan& plan, size_t index, SourceDigests& sources) {
  const GraphNode& node = plan.graph().nodes[index];
  const PlannedNode& planned = plan.at(index);
  Json json = Json::object();  // field by field: a braced list copies each
  json["name"] = node.name;
  json["type"] = node.manifest->spec.type;
  json["status"] = name_of(first_status(planned.state));
  json["reason"] = reason_of(plan, index, sources);
  json["key"] = planned.key;
  json["after"] = sources_of(node);
  if (planned.seconds) json["predicted"] = *planned.seconds;
  if (planned.state == PlanState::hit)
    if (auto warnings = warnings_of(*planned.record); !warnings.empty()) json["warnings"] = std::move(warnings);
  return json;
}

}  // namespace

std::vector<Scheduler::Task> tasks_of(const Plan& plan) {
  std::vector<Scheduler::Task> tasks;
  tasks.reserve(plan.size());
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    const bool there = !is_open(plan.at(i).state);
    tasks.push_back({plan.consumers(i), there ? std::optional<double>(0) : plan.at(i).seconds, node.device,
                     static_cast<size_t>(std::max(1, node.threads))});
  }
  return tasks;
}

NodeStatus first_status(PlanState state) {
  if (state == PlanState::hit) return NodeStatus::hit;
  return state == PlanState::unneeded ? NodeStatus::unneeded : NodeStatus::waiting;
}

void check_devices(const Plan& plan, const Slots& slots) {
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    if (is_open(plan.at(i).state) && !slots.can_ever(node.device))
      throw Error(ErrorKind::device, node.name + " needs a device \"" + node.device + "\", and there is none here");
  }
}

void list_nodes(const Plan& plan, SourceDigests& sources, Json event, const std::function<void(Json)>& write) {
  for (size_t first = 0; first == 0 || first < plan.size(); first += kNodesAnEvent) {
    Json& nodes = event["nodes"] = Json::array();
    for (size_t i = first; i < std::min(first + kNodesAnEvent, plan.size()); ++i)
      nodes.push_back(listed(plan, i, sources));
    write(std::move(event));
    event = {{"ev", "nodes"}};
  }
}

}  // namespace retort
