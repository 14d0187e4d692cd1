#pragma once
// Every metric over the steps of the nodes that reported it.
#include "report/subject.h"

namespace retort {

/// [{"name", "curves": [[node, step, value, step, value, …], …], "thinned"?: true}, …] by name. Points are from the
/// logs of the runs that computed the nodes, else from what they kept (artifacts of kind curves). Of all together at
/// most some 200,000 points are kept: longer ones are thinned out evenly, their ends kept.
Json curves_json(const Subject& subject, const Store& store);

}  // namespace retort
