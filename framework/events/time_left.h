#pragma once
// How long a node of a run will still take.
#include <optional>

#include "events/run_state.h"

namespace retort {

/// Predicted seconds from `now` until the node ends, from its progress where there is any, else from earlier results.
/// Nothing if there is neither.
std::optional<double> seconds_left(const NodeView& node, double now);

}  // namespace retort
