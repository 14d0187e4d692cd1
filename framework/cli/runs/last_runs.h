#pragma once
// What earlier runs of a graph ended with, from their logs: failures leave no record in the store.
#include <map>
#include <string>

#include "events/run_state.h"
#include "plan/plan.h"

namespace retort {

/// Nodes that the newest run which came to them failed or had to skip, and why. Only failures of what the plan would
/// run now: a node that changed since is not listed.
std::map<std::string, std::string> failures_of(const Plan& plan, const Store& store);

/// The same of one run, live or over.
std::map<std::string, std::string> failures_of(const Plan& plan, const RunState& state);

}  // namespace retort
