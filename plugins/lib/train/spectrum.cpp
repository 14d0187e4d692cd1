#include "train/spectrum.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace retort::train {

double effective_rank(const at::Tensor& features) {
  const at::NoGradGuard no_grad;
  const auto values = at::linalg_svdvals(features.to(at::kCPU, at::kDouble));
  const auto p = values / values.sum() + 1e-7;
  return std::exp(-(p * p.log()).sum().item<double>());
}

}  // namespace retort::train
