#include "plan/why.h"

#include <array>
#include <map>
#include <set>

namespace retort {
namespace {

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

using Fields = std::map<std::array<std::string, 3>, KeyField>;  // label, owner, name

Fields fields(const std::string& key_text) {
  Fields all;
  for (auto& field : fields_of(key_text)) all[{field.label, field.owner, field.name}] = field;
  return all;
}

/// What the graph calls it; empty for what no graph writes (code, contents of files).
std::string path_in_graph(const KeyField& field) {
  if (field.label == "param" || field.label == "component") return "params." + field.name;
  if (field.label == "input") return "inputs." + field.name;
  const bool setting =
      field.label == "seed" || field.label == "device" || field.label == "precision" || field.label == "threads";
  return setting ? field.label : "";
}

std::string place_of(const GraphNode& node, const KeyField& field) {
  const std::string path = path_in_graph(field);
  if (path.empty()) return "";
  for (const auto& name : {path, path + ".type"})
    if (auto it = node.places.find(name); it != node.places.end()) return to_string(it->second);
  // What stands inside a value that came as a whole (an option, a sweep's axis, a list of links) came with it.
  for (std::string above = path; above.find_first_of(".[") != std::string::npos;) {
    above.resize(above.find_last_of(".["));
    const auto it = node.places.find(above);
    if (it != node.places.end() && (field.label == "input" || !it->second.origin.empty())) return to_string(it->second);
  }
  return "default";
}

/// A difference that another one says better: parameters and code of a component that was replaced, the digest of all
/// code where the file is named.
bool is_consequence(const KeyField& field, const std::vector<KeyField>& different) {
  for (const auto& other : different) {
    if (other.label == "component" && field.label == "component" && starts_with(field.name, other.name + "."))
      return true;
    if (other.label == "component" && field.label == "param" && starts_with(field.name, other.name + ".")) return true;
    if (other.label == "component" && field.label == "code" &&
        (field.owner == other.name || starts_with(field.owner, other.name + ".")))
      return true;
    if (field.label == "code" && field.name.empty() && other.label == "code" && other.owner == field.owner &&
        !other.name.empty())
      return true;
  }
  return false;
}

std::string shown_name(const KeyField& field) {
  if (field.label == "param" || field.label == "component") return field.name;
  std::string text = field.owner.empty() ? field.label : field.owner + " " + field.label;
  return field.name.empty() ? text : text + " " + field.name;
}

std::string value_or_absent(const std::string& value) { return value.empty() ? "(absent)" : value; }

std::string list(const std::set<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

/// Names of the nodes it takes input from that are no hits.
std::set<std::string> waits_for(const Plan& plan, size_t node) {
  std::set<std::string> names;
  for (const auto& [port, links] : plan.graph().nodes[node].inputs)
    for (const auto& link : links)
      if (plan.at(link.node).state != PlanState::hit) names.insert(plan.graph().nodes[link.node].name);
  return names;
}

/// Differences to the newest result; inputs only where they are known.
std::vector<std::string> compared(const Plan& plan, size_t node, SourceDigests& sources) {
  const PlannedNode& planned = plan.at(node);
  const bool known = !planned.key_text.empty();
  const std::string now = known ? planned.key_text : key_text(plan.graph().nodes[node], {}, sources);
  std::vector<std::string> lines;
  for (const auto& change : changes(planned.previous->key_text, now, plan.graph().nodes[node]))
    if (known || change.field.label != "input") lines.push_back(to_string(change));
  return lines;
}

void collect_above(const Plan& plan, size_t node, std::set<size_t>& found) {
  if (plan.at(node).state == PlanState::hit || !found.insert(node).second) return;
  for (const auto& [port, links] : plan.graph().nodes[node].inputs)
    for (const auto& link : links) collect_above(plan, link.node, found);
}

std::string hit_line(const PlannedNode& planned) {
  const Json& about = planned.record->about;
  return "done (result " + planned.key.substr(0, 12) +
         (about.contains("created") ? " of " + about["created"].get<std::string>() : "") + ")";
}

}  // namespace

std::string to_string(const FieldChange& change) {
  const KeyField& field = change.field;
  std::string text = shown_name(field);
  if (field.label == "input" || field.label == "file" || (field.label == "code" && !field.name.empty())) {
    text += change.before.empty() ? " is new" : change.after.empty() ? " is gone" : " changed";
  } else {
    text += " " + value_or_absent(change.before) + " -> " + value_or_absent(change.after);
  }
  return change.place.empty() ? text : text + " (" + change.place + ")";
}

std::vector<FieldChange> changes(const std::string& before, const std::string& after, const GraphNode& node) {
  const Fields old_fields = fields(before), new_fields = fields(after);
  std::vector<KeyField> different;
  for (const auto& [name, field] : new_fields)
    if (auto it = old_fields.find(name); it == old_fields.end() || it->second.value != field.value)
      different.push_back(field);
  for (const auto& [name, field] : old_fields)
    if (!new_fields.count(name)) different.push_back(field);
  std::vector<FieldChange> found;
  for (const auto& field : different) {
    if (is_consequence(field, different)) continue;
    const auto value = [&](const Fields& all) {
      const auto it = all.find({field.label, field.owner, field.name});
      return it == all.end() ? std::string() : it->second.value;
    };
    found.push_back({field, value(old_fields), value(new_fields), place_of(node, field)});
  }
  return found;
}

std::vector<std::string> own_reasons(const Plan& plan, size_t node, SourceDigests& sources) {
  const PlannedNode& planned = plan.at(node);
  if (planned.state == PlanState::hit) return {};
  if (plan.graph().nodes[node].manifest->spec.uncached) return {"runs each time"};
  if (!planned.damage.empty()) return {planned.damage};
  if (planned.previous_key.empty()) return {"no result yet"};
  if (planned.previous_key == planned.key) return {"its result is no longer in the store"};
  if (!planned.previous) return {"changed, or its input did; the earlier result is gone, so they cannot be compared"};
  return compared(plan, node, sources);
}

std::vector<std::string> why(const Plan& plan, size_t node, SourceDigests& sources) {
  if (plan.at(node).state == PlanState::hit) return {plan.graph().nodes[node].name + ": " + hit_line(plan.at(node))};
  std::set<size_t> above;  // indices are in topological order: first causes come first
  collect_above(plan, node, above);
  std::vector<std::string> lines, waiting;
  for (const size_t one : above) {
    const std::string& name = plan.graph().nodes[one].name;
    for (const auto& reason : own_reasons(plan, one, sources)) lines.push_back(name + ": " + reason);
    if (const auto names = waits_for(plan, one); !names.empty()) waiting.push_back(name + ": waits for " + list(names));
  }
  lines.insert(lines.end(), waiting.begin(), waiting.end());
  return lines;
}

}  // namespace retort
