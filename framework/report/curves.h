#pragma once
// Every metric over the steps of the nodes that reported it.
#include "report/subject.h"

namespace retort {

/// [{"name", "curves": [[node, step, value, step, value, …], …], "thinned"?: true}, …] by name. Points are
/// those that the nodes kept (artifacts of kind curves), else those in the logs of the runs that computed them. Of all
/// together at most some 200,000 points are kept: longer ones are thinned out evenly, their ends kept.
Json curves_json(const Subject& subject, const Store& store);

}  // namespace retort
