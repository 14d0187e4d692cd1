#include "plan/plan_cost.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"

namespace retort {
namespace {

/// Without inputs where they are not known yet.
std::string settings_text(const Plan& plan, size_t node, SourceDigests& sources) {
  if (!plan.at(node).key_text.empty()) return plan.at(node).key_text;
  try {
    return key_text(plan.graph().nodes[node], {}, sources);
  } catch (const Error&) {  // a file is missing: the plan says so
    return "";
  }
}

/// Prices of nodes that differ in seed and inputs only are one: each is looked up once.
class PriceList {
 public:
  PriceList(const Plan& plan, Prices& prices, SourceDigests& sources)
      : plan_(plan), prices_(prices), sources_(sources) {}

  Price of(size_t index) {
    if (prices_.empty()) return {};
    const GraphNode& node = plan_.graph().nodes[index];
    const std::string& type = node.manifest->spec.type;
    const std::string settings =
        type + node.params.dump() + node.device + node.precision + std::to_string(node.threads);
    const auto [it, fresh] = known_.try_emplace(settings);
    if (fresh) it->second = prices_.of(type, settings_text(plan_, index, sources_));
    return it->second;
  }

 private:
  const Plan& plan_;
  Prices& prices_;
  SourceDigests& sources_;
  std::unordered_map<std::string, Price> known_;
};

void find_critical_path(const Plan& plan, PlanCost& cost) {
  const size_t none = plan.size();
  std::vector<double> until(plan.size(), 0);
  std::vector<size_t> before(plan.size(), none);
  size_t last = none;
  for (size_t i = 0; i < plan.size(); ++i) {
    for (const auto& [port, links] : plan.graph().nodes[i].inputs)
      for (const auto& link : links)
        if (is_open(plan.at(link.node).state) && (before[i] == none || until[link.node] > until[before[i]]))
          before[i] = link.node;
    until[i] = (before[i] == none ? 0 : until[before[i]]) + cost.of[i].seconds.value_or(0);
    if (until[i] > 0 && (last == none || until[i] > until[last])) last = i;
  }
  if (last == none) return;
  cost.critical_seconds = until[last];
  for (size_t i = last; i != none; i = before[i]) cost.critical_path.push_back(i);
  std::reverse(cost.critical_path.begin(), cost.critical_path.end());
}

}  // namespace

PlanCost cost_of(const Plan& plan, Prices& prices, SourceDigests& sources) {
  PlanCost cost;
  cost.of.resize(plan.size());
  std::unordered_set<std::string> known;
  PriceList list(plan, prices, sources);
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    const PlannedNode& planned = plan.at(i);
    if (!is_open(planned.state) || (!planned.key.empty() && !known.insert(planned.key).second)) continue;
    ++cost.results;
    Price& price = cost.of[i] = list.of(i);
    if (!price.seconds) price.seconds = planned.seconds;
    if (price.seconds)
      cost.seconds[node.manifest->spec.numeric ? node.device : "cpu"] += *price.seconds;
    else
      ++cost.unknown;
    cost.bytes += price.bytes.value_or(0);
  }
  find_critical_path(plan, cost);
  return cost;
}

}  // namespace retort
