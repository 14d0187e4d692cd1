#pragma once
// An output when its node has ended. Whatever leaves a node passes here, be it published, compared or a proof.
#include <vector>

#include "core/plugin_spec.h"
#include "sdk/artifact.h"

namespace retort {

/// The node put nothing into it: there is no such artifact.
bool is_empty(const Output& output);

/// Its files, whole. Throws Error(not_a_number) for a number in the meta that is none, Error(plugin) for what breaks
/// the contract of the port's kind, Error(store) for what a file could not take.
const std::vector<WrittenFile>& finished(const PortSpec& port, Output& output);

}  // namespace retort
