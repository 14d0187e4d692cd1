#pragma once
// Weights for Mode::frozen: beside each BatchNorm's tensors the scale and shift it applies in eval mode, "NAME.scale"
// and "NAME.shift", worked out once in double precision. Nothing is trained; convolutions are channels-last.
#include "nn/weights.h"

namespace retort::nn {

inline constexpr double kBatchNormEpsilon = 1e-5;
inline constexpr double kBatchNormMomentum = 0.1;

Weights freeze(const Weights& weights);

}  // namespace retort::nn
