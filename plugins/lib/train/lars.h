#pragma once
// LARS: SGD with momentum in which each tensor's step is scaled to its own length. Published code disagrees on the
// rule, and results carry over only with the rule they were found with, so each is here under whose it is (SSL.md 2.5):
//   facebook  A: MoCo v3, Barlow Twins, VICReg, DINO. Tensors of one dimension: no decay, no scaling.
//   larc      B: SwAV, SimSiam's probe (apex LARC without clipping). All tensors are scaled and decay.
//   solo      C: solo-learn. As larc, the scaled rate at most the learning rate; one dimension: no decay, no scaling.
//   lightly   D: as larc; groups without decay are not scaled.
//   google    S: SimCLR, BYOL. As facebook, with the learning rate inside the momentum.
#include <memory>

#include "train/optimizer.h"

namespace retort::train {

/// Reads lars, trust, lars_clip, momentum and weight_decay. Throws Error(user) for an unknown dialect.
std::unique_ptr<Optimizer> make_lars(const OptimizerSettings& settings, std::vector<ParameterGroup> groups);

}  // namespace retort::train
