#pragma once
// What a table of slopes is taken over: an axis of the sweep, and where each of its values stands on a line. Format:
//
//   "slope": {"over": "size", "at": {"width 8": 700000, "width 16": 2800000}, "scale": "log2"}
//
// Without "at" the values of the axis are the numbers; "scale" is "linear" unless said. With "log2" a slope is per
// doubling.
#include "graph/sweep.h"

namespace retort {

/// Fills `table.slope`; what is wrong is said with its place, and then there is none. The table's rows and columns are
/// read already.
void read_slope(Reading& reading, const Sweep& sweep, const MarkedJson& slope, TableSpec& table);

}  // namespace retort
