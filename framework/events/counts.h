#pragma once
// How many nodes of a run are what.
#include <string>

#include "events/run_state.h"

namespace retort {

/// "2 hit, 1 running, 4 waiting".
std::string counts_text(const RunState& state);

}  // namespace retort
