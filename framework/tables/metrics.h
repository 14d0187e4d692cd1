#pragma once
// The metrics that results have, before anybody asked for a table of them.
#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

struct NodeMetrics {
  std::string node;                      ///< "score{source=noise,seed=1}"
  std::string base;                      ///< "score"
  std::map<std::string, double> values;  ///< name → value
};

/// The number of this name in the outputs of kind "metrics"; null if the result has none.
const Json* metric_of(const Record& record, const std::string& name);

std::string metric_text(double value);  ///< six digits: "0.914062"

/// Of every node whose result is there and has metrics, in the order of the graph.
std::vector<NodeMetrics> metrics_there(const Plan& plan);

/// Names of the metrics that results of this node have (`node` with or without its cell), those of earlier versions
/// too. Empty while there is no result.
std::vector<std::string> metric_names(const Plan& plan, const std::string& node);

/// "the results of score have no metric "accurcy"; they have accuracy, loss; did you mean "accuracy"?"
std::string no_such_metric(const std::string& node, const std::string& metric, const std::vector<std::string>& names);

}  // namespace retort
