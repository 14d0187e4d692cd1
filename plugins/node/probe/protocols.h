#pragma once
// Published protocols of linear evaluation by name (SSL.md 4.1): optimiser, rate, decay and schedule. Epochs and batch
// stay the node's; rates are scaled linearly to the batch, milestones to the epochs.
#include <string>
#include <vector>

#include "train/loop.h"

namespace retort::probe {

std::vector<std::string> protocol_names();

/// Puts the protocol into `settings`. Throws Error(user) if they differ from the node's `defaults` in what it fixes.
void apply_protocol(const std::string& name, const train::LoopSettings& defaults, train::LoopSettings& settings);

}  // namespace retort::probe
