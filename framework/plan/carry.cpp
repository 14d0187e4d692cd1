#include "plan/carry.h"

#include <algorithm>
#include <map>

#include "core/digest.h"

namespace retort {
namespace {

/// Owner → identity.
std::map<std::string, std::string> codes_in(const std::string& key_text) {
  std::map<std::string, std::string> codes;
  for (const auto& field : fields_of(key_text))
    if (field.label == "code" && field.name.empty()) codes[field.owner] = field.value;
  return codes;
}

std::vector<CodeChange> code_changes(const GraphNode& node, const std::string& before, const std::string& after) {
  auto old_codes = codes_in(before), new_codes = codes_in(after);
  std::vector<CodeChange> found;
  const auto add = [&](const std::string& owner, const Manifest* manifest) {
    if (old_codes[owner] != new_codes[owner]) found.push_back({owner, manifest, old_codes[owner], new_codes[owner]});
  };
  add("", node.manifest);
  for (const auto& one : node.components) add(one.path, one.manifest);
  return found;
}

}  // namespace

std::string to_string(const CodeChange& change) {
  const std::string& type = change.manifest->spec.type;
  return change.owner.empty() ? type : change.owner + " (" + type + ")";
}

std::optional<CarryOver> to_carry(const Plan& plan, size_t node, ResultIndex& results) {
  const PlannedNode& planned = plan.at(node);
  const GraphNode& graph_node = plan.graph().nodes[node];
  if (planned.state != PlanState::run || planned.key_text.empty() || graph_node.manifest->spec.uncached)
    return std::nullopt;
  const std::string stem = sha256_hex(without_code(planned.key_text));
  const auto& all = results.of_type(graph_node.manifest->spec.type);
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (it->stem != stem || it->key == planned.key) continue;
    auto record = plan.store().peek(it->key);
    if (!record || !plan.store().missing(*record).empty()) continue;
    auto changes = code_changes(graph_node, record->key_text, planned.key_text);
    // Files that moved change the key and no identity: nothing is to be proved then.
    return CarryOver{std::move(*record), std::move(changes)};
  }
  return std::nullopt;
}

Record carried(const CarryOver& over, const PlannedNode& planned, Json note) {
  Record record = over.before;
  record.key = planned.key;
  record.key_text = planned.key_text;
  note["from"] = over.before.key;
  note["code"] = Json::array();
  for (const auto& change : over.changes)
    note["code"].push_back({{"of", to_string(change)}, {"before", change.before}, {"after", change.after}});
  record.about["carried"] = std::move(note);
  return record;
}

}  // namespace retort
