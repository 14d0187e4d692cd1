#include "plan/why.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace retort {
namespace {

constexpr const char* kNoResult = "no result yet";

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
  if (field.label == "torch") return "the build's libtorch";
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
      if (is_open(plan.at(link.node).state)) names.insert(plan.graph().nodes[link.node].name);
  return names;
}

/// Calls `visit` with each link of the node's inputs, as key texts name it ("from[0]"), and the result that an earlier
/// one of the node was made from there, if it is known and still in the store.
template <class F>
void each_earlier_input(const Plan& plan, size_t node, const Record& before, F visit) {
  const Json made_from = before.about.value("made_from", Json::object());
  for (const auto& [port, links] : plan.graph().nodes[node].inputs)
    for (size_t i = 0; i < links.size(); ++i) {
      const std::string input = port + "[" + std::to_string(i) + "]", key = made_from.value(input, "");
      if (const auto old = key.empty() ? std::nullopt : plan.store().peek(key)) visit(input, links[i].node, *old);
    }
}

/// "draw -> part", if the input came from a node of another name or type.
std::string rewired(const Plan& plan, size_t node, const Record& before, const std::string& input) {
  std::string text;
  each_earlier_input(plan, node, before, [&](const std::string& name, size_t above, const Record& old) {
    const GraphNode& now = plan.graph().nodes[above];
    const std::string old_name = old.about.value("node", "");
    if (name == input && !old_name.empty() && (old_name != now.name || old.type != now.manifest->spec.type))
      text = old_name + " -> " + now.name;
  });
  return text;
}

/// Differences to an earlier result; inputs only where they are known.
std::vector<FieldChange> compared(const Plan& plan, size_t node, const Record& before, SourceDigests& sources) {
  const PlannedNode& planned = plan.at(node);
  const bool known = !planned.key_text.empty();
  const std::string now = known ? planned.key_text : key_text(plan.graph().nodes[node], {}, sources);
  std::vector<FieldChange> found = changes(before.key_text, now, &plan.graph().nodes[node]);
  for (auto& change : found) {
    const auto setting = plan.graph().settings.find(change.field.label);
    if (change.place == "default" && setting != plan.graph().settings.end()) change.place = to_string(setting->second);
    if (change.field.label == "input") change.rewired = rewired(plan, node, before, change.field.name);
  }
  if (!known) std::erase_if(found, [](const FieldChange& change) { return change.field.label == "input"; });
  return found;
}

std::vector<std::string> texts(const std::vector<FieldChange>& changes) {
  std::vector<std::string> lines;
  for (const auto& change : changes) lines.push_back(to_string(change));
  return lines;
}

/// What changed in inputs that are there now but came from another result before, first causes first.
void changes_above(const Plan& plan, size_t node, const Record& before, SourceDigests& sources,
                   std::vector<std::string>& lines) {
  each_earlier_input(plan, node, before, [&](const std::string& input, size_t above, const Record& old) {
    if (plan.at(above).key.empty() || plan.at(above).key == old.key) return;
    if (!rewired(plan, node, before, input).empty()) return;  // the link is the first change
    changes_above(plan, above, old, sources, lines);
    for (const auto& text : texts(compared(plan, above, old, sources)))
      lines.push_back(plan.graph().nodes[above].name + ": " + text);
  });
}

/// The result of the node's type that differs in the fewest fields, of the newest; nothing if there is none.
std::optional<Record> nearest(const Plan& plan, size_t node, SourceDigests& sources, ResultIndex& results) {
  constexpr size_t kMostCompared = 200;
  const auto& all = results.of_type(plan.graph().nodes[node].manifest->spec.type);
  std::optional<Record> best;
  size_t fewest = 0;
  for (size_t n = 0; n < std::min(all.size(), kMostCompared); ++n) {
    auto record = plan.store().peek(all[all.size() - 1 - n].key);
    if (!record) continue;
    const size_t different = compared(plan, node, *record, sources).size();
    if (best && different >= fewest) continue;
    best = std::move(record);
    fewest = different;
  }
  return best;
}

/// Lines about one node that is no hit, without those it waits for.
std::vector<std::string> lines_of(const Plan& plan, size_t node, SourceDigests& sources, ResultIndex& results) {
  const std::string& name = plan.graph().nodes[node].name;
  std::vector<std::string> lines, own = own_reasons(plan, node, sources);
  if (const auto& previous = plan.at(node).previous) changes_above(plan, node, *previous, sources, lines);
  if (own == std::vector<std::string>{kNoResult})
    if (const auto near = nearest(plan, node, sources, results)) {
      own[0] += "; beside the nearest, " + described(*near) + ":";
      for (auto& text : texts(compared(plan, node, *near, sources))) own.push_back(std::move(text));
    }
  for (const auto& reason : own) lines.push_back(name + ": " + reason);
  return lines;
}

void collect_above(const Plan& plan, size_t node, std::set<size_t>& found) {
  if (!is_open(plan.at(node).state) || !found.insert(node).second) return;
  for (const auto& [port, links] : plan.graph().nodes[node].inputs)
    for (const auto& link : links) collect_above(plan, link.node, found);
}

}  // namespace

std::string to_string(const FieldChange& change) {
  const KeyField& field = change.field;
  std::string text = shown_name(field);
  const bool options = field.name.size() > 6 && field.name.substr(field.name.size() - 6) == " flags";
  if (field.label == "input" || field.label == "file" || (field.label == "code" && !field.name.empty() && !options)) {
    text += change.before.empty()     ? " is new"
            : change.after.empty()    ? " is gone"
            : !change.rewired.empty() ? " " + change.rewired
                                      : " changed";
  } else {
    text += " " + value_or_absent(change.before) + " -> " + value_or_absent(change.after);
  }
  return change.place.empty() ? text : text + " (" + change.place + ")";
}

std::vector<FieldChange> changes(const std::string& before, const std::string& after, const GraphNode* node) {
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
    found.push_back({field, value(old_fields), value(new_fields), "", node ? place_of(*node, field) : ""});
  }
  return found;
}

std::vector<std::string> own_reasons(const Plan& plan, size_t node, SourceDigests& sources) {
  const PlannedNode& planned = plan.at(node);
  if (!is_open(planned.state)) return {};
  if (plan.graph().nodes[node].manifest->spec.uncached) return {"runs each time"};
  if (!planned.damage.empty()) return {planned.damage};
  if (planned.previous_key.empty()) return {kNoResult};
  if (planned.previous_key == planned.key) return {"its result is no longer in the store"};
  if (!planned.previous) return {"changed, or its input did; the earlier result is gone, so they cannot be compared"};
  return texts(compared(plan, node, *planned.previous, sources));
}

std::string one_line(const std::vector<std::string>& reasons) {
  constexpr size_t kMost = 3;
  const size_t shown = reasons.size() > kMost + 1 ? kMost : reasons.size();  // "and 1 more" is no shorter than the one
  std::string all;
  for (size_t i = 0; i < shown; ++i) all += (i > 0 ? "; " : "") + reasons[i];
  if (shown < reasons.size()) all += "; and " + std::to_string(reasons.size() - shown) + " more: retort why names them";
  return all;
}

std::string reasons_text(const Plan& plan, size_t node, SourceDigests& sources) {
  return one_line(own_reasons(plan, node, sources));
}

std::string described(const Record& record) {
  const Json& about = record.about;
  std::string text = "result " + record.key.substr(0, 12);
  if (about.contains("created")) text += " of " + about["created"].get<std::string>();
  if (about.contains("run")) text += ", run " + about["run"].get<std::string>();
  if (about.contains("carried"))
    text += ", carried over from " + about["carried"].value("from", "").substr(0, 12) + " " +
            about["carried"].value("how", "");
  return text;
}

std::vector<std::string> why(const Plan& plan, size_t node, SourceDigests& sources, ResultIndex& results) {
  if (plan.at(node).state == PlanState::unneeded)
    return {plan.graph().nodes[node].name + ": not needed: its result is gone, and nothing that has to run wants it"};
  if (plan.at(node).state == PlanState::hit)
    return {plan.graph().nodes[node].name + ": done (" + described(plan.whole_record(node)) + ")"};
  std::set<size_t> above;  // indices are in topological order: first causes come first
  collect_above(plan, node, above);
  std::vector<std::string> lines, waiting;
  for (const size_t one : above) {
    const std::string& name = plan.graph().nodes[one].name;
    for (auto& line : lines_of(plan, one, sources, results))
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
    if (const auto names = waits_for(plan, one); !names.empty()) waiting.push_back(name + ": waits for " + list(names));
  }
  lines.insert(lines.end(), waiting.begin(), waiting.end());
  return lines;
}

}  // namespace retort
