#include "plan/differ.h"

#include <algorithm>
#include <set>

#include "plan/why.h"

namespace retort {
namespace {

class Differ {
 public:
  Differ(const Plan& plan, SourceDigests& sources) : plan_(plan), graph_(plan.graph()), sources_(sources) {}

  void compare(size_t before, size_t after) {
    if (before == after || !seen_.insert({before, after}).second) return;
    const size_t known = causes.size();
    compare_inputs(before, after);
    compare_settings(before, after);
    if (causes.size() == known) compare_bytes(before, after);
  }

  std::vector<std::string> causes;

 private:
  void say(const std::string& text) {
    if (std::find(causes.begin(), causes.end(), text) == causes.end()) causes.push_back(text);
  }

  std::string label(size_t before, size_t after) const {
    const std::string &one = graph_.nodes[before].base, &other = graph_.nodes[after].base;
    const auto name = [](const std::string& base, const GraphNode& node) { return base.empty() ? node.name : base; };
    const std::string a = name(one, graph_.nodes[before]), b = name(other, graph_.nodes[after]);
    return a == b ? b : a + " -> " + b;
  }

  void compare_inputs(size_t before, size_t after) {
    const GraphNode &one = graph_.nodes[before], &other = graph_.nodes[after];
    if (one.manifest != other.manifest) return;
    for (const auto& [port, links] : other.inputs) {
      const auto found = one.inputs.find(port);
      if (found == one.inputs.end()) say(label(before, after) + ": inputs." + port + " is new");
      for (size_t i = 0; found != one.inputs.end() && i < std::max(links.size(), found->second.size()); ++i)
        compare_link(before, after, port, i < found->second.size() ? &found->second[i] : nullptr,
                     i < links.size() ? &links[i] : nullptr);
    }
    for (const auto& [port, links] : one.inputs)
      if (!other.inputs.count(port)) say(label(before, after) + ": inputs." + port + " is gone");
  }

  void compare_link(size_t before, size_t after, const std::string& port, const Link* one, const Link* other) {
    const std::string where = label(before, after) + ": inputs." + port;
    if (!one || !other) return say(where + (one ? " has one link less" : " has one link more"));
    const auto text = [&](const Link& link) { return graph_.nodes[link.node].base + "." + link.port; };
    const std::string place = to_string(other->place);
    if (text(*one) != text(*other))
      say(where + " " + text(*one) + " -> " + text(*other) + (place.empty() ? "" : " (" + place + ")"));
    compare(one->node, other->node);
  }

  std::string settings(size_t node) { return key_text(graph_.nodes[node], {}, sources_); }

  void compare_settings(size_t before, size_t after) {
    const GraphNode &one = graph_.nodes[before], &other = graph_.nodes[after];
    if (one.manifest != other.manifest)
      return say(label(before, after) + ": type " + one.manifest->spec.type + " -> " + other.manifest->spec.type);
    for (const auto& change : changes(settings(before), settings(after), &other))
      say(label(before, after) + ": " + to_string(change));
  }

  /// Nothing is set otherwise: equal settings of equal inputs should give equal bytes.
  void compare_bytes(size_t before, size_t after) {
    if (plan_.at(before).state != PlanState::hit || plan_.at(after).state != PlanState::hit) return;
    const Record &one = *plan_.at(before).record, &other = *plan_.at(after).record;
    for (const auto& [port, output] : other.outputs)
      if (const auto found = one.outputs.find(port);
          found != one.outputs.end() && found->second.digest != output.digest)
        return say(label(before, after) +
                   ": other bytes from the same settings (not deterministic, or other hardware)");
  }

  const Plan& plan_;
  const Graph& graph_;
  SourceDigests& sources_;
  std::set<std::pair<size_t, size_t>> seen_;
};

std::vector<Difference::Metric> metrics_of(const Record& before, const Record& after) {
  std::vector<Difference::Metric> metrics;
  for (const auto& [port, output] : after.outputs) {
    const auto found = before.outputs.find(port);
    if (output.kind != "metrics" || found == before.outputs.end()) continue;
    for (const auto& [name, value] : output.meta.items())
      if (value.is_number() && found->second.meta.contains(name) && found->second.meta[name].is_number())
        metrics.push_back({name, found->second.meta[name], value});
  }
  return metrics;
}

}  // namespace

Difference difference_of(const Plan& plan, size_t before, size_t after, SourceDigests& sources) {
  Differ differ(plan, sources);
  differ.compare(before, after);
  Difference difference{std::move(differ.causes), {}};
  if (plan.at(before).state == PlanState::hit && plan.at(after).state == PlanState::hit)
    difference.metrics = metrics_of(*plan.at(before).record, *plan.at(after).record);
  return difference;
}

}  // namespace retort
