#pragma once
// Weights that no network can compute with: NaN, infinite, a variance below zero, whole numbers where there are none.
#include <string>
#include <vector>

#include "nn/weights.h"

namespace retort::nn {

/// What is wrong with each such tensor: `"bn1.running_var" has 3 of 64 values that are not finite, the first NaN at
/// [17]`. Looks at each value once.
std::vector<std::string> unsound(const Weights& weights);

/// Throws Error(not_a_number) that lists them behind `whose` ("weights.safetensors"); nothing if all are sound.
void check_sound(const Weights& weights, const std::string& whose);

/// Whether a tensor of type `found` may stand for one of type `wanted`: whole numbers for floating ones are a quantised
/// file, which is worth nothing without its scales.
bool may_stand_for(at::ScalarType found, at::ScalarType wanted);

}  // namespace retort::nn
