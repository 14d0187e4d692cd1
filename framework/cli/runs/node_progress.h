#pragma once
// Where a node stands in runs: who computes it now, what it waits for, how it failed.
#include <string>
#include <vector>

#include "cli/session/session.h"

namespace retort {

/// Lines "node: …" from the event logs of runs that go on and, for a node that failed under its present key, of the run
/// in which it did: class, text, and how to look into it. Empty if no run has anything to say.
std::vector<std::string> standing(const Session& session, size_t node);

}  // namespace retort
