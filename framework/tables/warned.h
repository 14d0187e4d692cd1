#pragma once
// Which results of a table were warned of: a number that a collapsed network stands behind is worth no more than that.
#include <set>

#include "tables/table.h"

namespace retort {

/// `nodes`: those of the table whose result is there, by index.
TableWarnings warnings_among(const Plan& plan, const std::set<size_t>& nodes);

}  // namespace retort
