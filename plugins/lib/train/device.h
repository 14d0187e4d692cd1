#pragma once
// Where a run computes.
#include <c10/core/Device.h>

#include "sdk/node.h"

namespace retort::train {

inline at::Device device_of(const Run& run) { return at::Device(run.device() == "cuda" ? at::kCUDA : at::kCPU); }

}  // namespace retort::train
