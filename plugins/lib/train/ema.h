#pragma once
// Moving averages of parameters. Buffers are never averaged: the averaged network keeps its own running statistics
// (SSL.md 2.2) or takes over the live ones (EDC), as the caller says.
#include "nn/weights.h"

namespace retort::train {

/// average ← momentum · average + (1 - momentum) · live, over parameters, as one fused update.
void move_average(nn::Weights& average, const nn::Weights& live, double momentum);

/// Copies buffers of `live` into `average`.
void copy_buffers(nn::Weights& average, const nn::Weights& live);

}  // namespace retort::train
