#pragma once
// Axes → cells: which combinations of values a sweep has.
//
//   grid           every combination; random: "count" of them, drawn with "seed"
//   one_at_a_time  the baseline, and every cell that differs from it in one axis; axes in "grid" are crossed with that
//   leave_one_out  the same from the first value of each axis: the whole method, then without one part
//   list           the cells of "include" and no others
//
// Axes in "zip" go together. An axis nested in a value exists only in cells with that value, and a nested axis follows
// the mode of the sweep. Then "exclude" takes cells out and "include" adds some.
#include "graph/axis.h"

namespace retort {

/// What the sweep says beside its axes.
struct SweepRules {
  enum class Mode { grid, one_at_a_time, leave_one_out, list, random };
  Mode mode = Mode::grid;
  size_t count = 0;   ///< of mode random
  uint64_t seed = 0;  ///< of mode random
};

/// Reads "mode", "count" and "seed", which axes need to know.
SweepRules read_rules(Reading& reading, const MarkedJson& sweep);

/// Reads "baseline", "grid", "zip", "exclude" and "include" and fills `sweep.cells`. `axes` appends values that only
/// "include" names.
void make_cells(Reading& reading, const MarkedJson& text, const SweepRules& rules, AxisReader& axes, Sweep& sweep);

}  // namespace retort
