#pragma once
// `run --again NODE`: whether a node is deterministic.
#include <string>

#include "cli/session/session.h"

namespace retort {

/// Runs the node twice, from the start and in fresh processes, stores nothing, and says which output files differ, from
/// each other and from the stored result if there is one. 0 if none does, else 1. Throws Error(user) if what the node
/// reads is not there yet, Error of its kind if it fails.
int run_again(const Session& session, const std::string& node, bool json);

}  // namespace retort
