#include "tables/warned.h"

namespace retort {
namespace {

/// A node and all it was made from.
std::set<size_t> ancestry(const Graph& graph, size_t node) {
  std::set<size_t> all;
  std::vector<size_t> open = {node};
  while (!open.empty()) {
    const size_t one = open.back();
    open.pop_back();
    if (!all.insert(one).second) continue;
    for (const size_t source : sources_of(graph.nodes[one])) open.push_back(source);
  }
  return all;
}

std::map<size_t, std::vector<std::string>> warned_nodes(const Plan& plan) {
  std::map<size_t, std::vector<std::string>> warned;
  for (size_t i = 0; i < plan.size(); ++i) {
    if (!plan.at(i).record) continue;
    if (auto texts = warnings_of(*plan.at(i).record); !texts.empty()) warned[i] = std::move(texts);
  }
  return warned;
}

}  // namespace

TableWarnings warnings_among(const Plan& plan, const std::set<size_t>& nodes) {
  TableWarnings found;
  found.results = nodes.size();
  const auto warned = warned_nodes(plan);
  if (warned.empty()) return found;
  std::vector<std::string> bases;                       // in the order they are met
  std::map<std::string, std::vector<Warning>> by_base;  // each said of the result that stands on it
  for (const size_t node : nodes) {
    bool carries = false;
    for (const size_t source : ancestry(plan.graph(), node)) {
      const auto texts = warned.find(source);
      if (texts == warned.end()) continue;
      carries = true;
      auto& said = by_base[plan.graph().nodes[source].base];
      if (said.empty()) bases.push_back(plan.graph().nodes[source].base);
      for (const auto& text : texts->second) said.push_back({plan.graph().nodes[node].name, text});
    }
    found.carrying += carries ? 1 : 0;
  }
  for (const auto& base : bases)
    for (const auto& group : grouped(by_base[base])) found.kinds.push_back({base, group.text, group.nodes.size()});
  return found;
}

}  // namespace retort
