#include "tables/metrics.h"

#include <cstdio>
#include <set>

#include "core/nearest.h"

namespace retort {
namespace {

constexpr const char* kKind = "metrics";  // of an output

std::map<std::string, double> metrics_of(const Record& record) {
  std::map<std::string, double> all;
  for (const auto& [port, output] : record.outputs)
    if (output.kind == kKind)
      for (const auto& [name, value] : output.meta.items())
        if (value.is_number()) all.try_emplace(name, value.get<double>());
  return all;
}

}  // namespace

const Json* metric_of(const Record& record, const std::string& name) {
  for (const auto& [port, output] : record.outputs)
    if (output.kind == kKind && output.meta.contains(name) && output.meta[name].is_number()) return &output.meta[name];
  return nullptr;
}

std::string metric_text(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::vector<NodeMetrics> metrics_there(const Plan& plan) {
  std::vector<NodeMetrics> all;
  for (size_t i = 0; i < plan.size(); ++i) {
    if (plan.at(i).state != PlanState::hit) continue;
    const GraphNode& node = plan.graph().nodes[i];
    if (auto values = metrics_of(*plan.at(i).record); !values.empty())
      all.push_back({node.name, node.base, std::move(values)});
  }
  return all;
}

std::vector<std::string> metric_names(const Plan& plan, const std::string& name) {
  std::set<std::string> names;
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    const PlannedNode& planned = plan.at(i);
    if (node.base != name && node.name != name) continue;
    const auto& record = planned.record ? planned.record : planned.previous_is_own ? planned.previous : nullptr;
    if (!record) continue;
    for (const auto& [metric, value] : metrics_of(*record)) names.insert(metric);
  }
  return {names.begin(), names.end()};
}

std::string no_such_metric(const std::string& node, const std::string& metric, const std::vector<std::string>& names) {
  std::string all;
  for (const auto& one : names) all += (all.empty() ? "" : ", ") + one;
  const std::string near = nearest(metric, names);
  return "the results of " + node + " have no metric \"" + metric + "\"; they have " + (all.empty() ? "none" : all) +
         (near.empty() ? "" : "; " + did_you_mean(near));
}

}  // namespace retort
