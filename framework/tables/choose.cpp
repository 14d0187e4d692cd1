#include "tables/choose.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "graph/value_name.h"

namespace retort {
namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// Throws unless `name` is one of `valid`.
void must_be(const std::string& name, const std::vector<std::string>& valid, const std::string& what) {
  if (std::find(valid.begin(), valid.end(), name) != valid.end()) return;
  std::string all;
  for (const auto& one : valid) all += (all.empty() ? "" : ", ") + one;
  const std::string near = nearest(name, valid);
  throw Error(ErrorKind::user, "there is no " + what + " " + quoted(name) + "; " +
                                   (near.empty() ? "there " + std::string(all.empty() ? "is none" : "are: " + all)
                                                 : did_you_mean(near)));
}

std::vector<std::string> axis_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const auto& axis : graph.axes) names.push_back(axis.name);
  return names;
}

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes)
    if (std::find(names.begin(), names.end(), node.base) == names.end()) names.push_back(node.base);
  return names;
}

std::map<std::string, std::string> baseline_of(const Graph& graph, const TableSpec& spec, const TableChoice& choice) {
  std::map<std::string, std::string> baseline;
  for (const auto& text : choice.baseline) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorKind::user, "--baseline " + text + ": there is no \"=\"; write --baseline axis=value");
    const std::string axis = text.substr(0, equals), value = text.substr(equals + 1);
    std::vector<std::string> values;
    if (!spec.list.empty()) {
      must_be(axis, {"node"}, "axis");
      for (const auto& row : spec.list) values.push_back(row.label);
    } else {
      must_be(axis, axis_names(graph), "axis");
      for (const auto& one : graph.axes)
        if (one.name == axis) values = one.values;
    }
    const auto meant = name_meant(value, values);
    if (!meant) must_be(value, values, "value of " + axis);
    baseline[axis] = values[*meant];
  }
  return baseline;
}

void apply(const Graph& graph, const TableChoice& choice, TableSpec& spec) {
  if (choice.rows) spec.rows = *choice.rows;
  if (choice.columns) spec.columns = *choice.columns;
  // An axis stands on one side: naming it on the other moves it there.
  const auto take_out = [](std::vector<std::string>& from, const std::vector<std::string>& names) {
    std::erase_if(from, [&](const auto& one) { return std::find(names.begin(), names.end(), one) != names.end(); });
  };
  choice.columns ? take_out(spec.rows, spec.columns) : take_out(spec.columns, spec.rows);
  for (const auto* side : {&spec.rows, &spec.columns})
    for (const auto& axis : *side) {
      must_be(axis, axis_names(graph), "axis");
      if (spec.slope && spec.slope->axis == axis) spec.slope.reset();
    }
  if (choice.stats) spec.stats = *choice.stats;
  for (const auto& stat : spec.stats) must_be(stat, kTableStats, "statistic");
  if (choice.confidence) spec.confidence = *choice.confidence;
  if (spec.confidence <= 0 || spec.confidence >= 1)
    throw Error(ErrorKind::user, "--confidence lies between 0 and 1: 0.95");
  if (!choice.best.empty()) spec.best = choice.best;
  if (!spec.best.empty()) must_be(spec.best, {"max", "min"}, "end of a metric");
  if (!choice.baseline.empty()) spec.baseline = baseline_of(graph, spec, choice);
}

}  // namespace

bool TableChoice::empty() const {
  return node.empty() && metrics.empty() && !rows && !columns && !stats && baseline.empty() && best.empty() &&
         !confidence;
}

std::vector<TableSpec> chosen_tables(const Graph& graph, const TableChoice& choice) {
  if (choice.empty()) return graph.tables;
  std::vector<TableSpec> specs = graph.tables;
  if (!choice.node.empty()) {
    must_be(choice.node, node_names(graph), "node");
    TableSpec spec;
    spec.title = spec.node = choice.node;
    specs = {spec};
  }
  for (auto& spec : specs) {
    if (!choice.metrics.empty()) spec.metrics = choice.metrics;
    apply(graph, choice, spec);
  }
  return specs;
}

}  // namespace retort
