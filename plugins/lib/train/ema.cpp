#include "train/ema.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace retort::train {

void move_average(nn::Weights& average, const nn::Weights& live, double momentum) {
  const at::NoGradGuard no_grad;
  at::_foreach_lerp_(average.parameters(), live.parameters(), 1 - momentum);
}

void copy_buffers(nn::Weights& average, const nn::Weights& live) {
  const at::NoGradGuard no_grad;
  const auto from = live.buffers();
  auto to = average.buffers();
  for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace retort::train
