#include "tables/unlike.h"

#include <algorithm>

#include "plan/why.h"

namespace retort {
namespace {

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

/// Whether one path is the other, or lies inside it: "params.losses" and "params.losses[1].weight".
bool touches(const std::string& one, const std::string& other) {
  const std::string& shorter = one.size() < other.size() ? one : other;
  const std::string& longer = one.size() < other.size() ? other : one;
  return starts_with(longer, shorter) &&
         (longer.size() == shorter.size() || longer[shorter.size()] == '.' || longer[shorter.size()] == '[');
}

bool is_explained(const Graph& graph, const GraphNode& node, const KeyField& field) {
  const bool param = field.label == "param" || field.label == "component" || field.label == "file";
  const std::string of_code = field.owner.empty() ? "type" : "params." + field.owner;
  const std::string path = node.base + "." +
                           (param                   ? "params." + field.name
                            : field.label == "code" ? of_code
                                                    : field.label);
  for (const auto& axis : graph.axes)
    for (const auto& changed : axis.paths)
      if (touches(changed, path)) return true;
  return false;
}

std::string hardware(const Record& record) {
  return record.about.value("card", record.about.value("processor", std::string()));
}

const StoredOutput* held_out(const Plan& plan, size_t node, std::string& port, bool& swept) {
  const Graph& graph = plan.graph();
  for (const auto& [name, links] : graph.nodes[node].inputs)
    for (const auto& link : links) {
      const GraphNode& producer = graph.nodes[link.node];
      const PortSpec* spec = producer.manifest->spec.output(link.port);
      if (!spec || !spec->held_out || plan.at(link.node).state != PlanState::hit) continue;
      port = name;
      swept = !producer.cell.empty();
      return &linked_output(graph, link, *plan.at(link.node).record);
    }
  return nullptr;
}

void compare_test_data(const Plan& plan, size_t reference, size_t other, std::vector<std::string>& lines) {
  std::string port, port_before;
  bool swept = false, swept_before = false;
  const StoredOutput* before = held_out(plan, reference, port_before, swept_before);
  const StoredOutput* now = held_out(plan, other, port, swept);
  if (before && now && before->digest != now->digest && !swept && !swept_before)
    lines.push_back("other test data (inputs." + port + ")");
}

}  // namespace

Unlike::Unlike(const Plan& plan, size_t reference)
    : plan_(plan), reference_(reference), record_(plan.whole_record(reference)) {}

std::vector<std::string> Unlike::differences(size_t other) const {
  const Graph& graph = plan_.graph();
  const GraphNode& node = graph.nodes[other];
  const Record now = plan_.whole_record(other);
  if (record_.type != now.type) return {"type " + record_.type + " -> " + now.type};
  std::vector<std::string> lines;
  for (const auto& change : changes(record_.key_text, now.key_text, &node)) {
    if (change.field.label == "input" || change.field.label == "seed") continue;
    if (!is_explained(graph, node, change.field)) lines.push_back(to_string(change));
  }
  compare_test_data(plan_, reference_, other, lines);
  if (hardware(record_) != hardware(now))
    lines.push_back("ran on " + hardware(now) + ", the first row on " + hardware(record_));
  return lines;
}

}  // namespace retort
