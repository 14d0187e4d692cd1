#include "nn/freeze.h"

#include <ATen/ATen.h>

namespace retort::nn {

Weights freeze(const Weights& weights) {
  static const std::string kMark = ".running_var";
  Weights frozen;
  for (const NamedTensor& each : weights.all()) {
    frozen.add(each.name, each.value.detach(), each.buffer);
    if (!each.name.ends_with(kMark)) continue;
    const std::string name = each.name.substr(0, each.name.size() - kMark.size());
    const auto wide = [&](const std::string& part) { return weights.at(name + part).detach().to(at::kDouble); };
    at::Tensor scale = (wide(kMark) + kBatchNormEpsilon).rsqrt();
    if (weights.contains(name + ".weight")) scale = scale * wide(".weight");
    at::Tensor shift = -wide(".running_mean") * scale;
    if (weights.contains(name + ".bias")) shift = shift + wide(".bias");
    frozen.add(name + ".scale", scale.to(each.value.scalar_type()), true);
    frozen.add(name + ".shift", shift.to(each.value.scalar_type()), true);
  }
  return frozen.channels_last();
}

}  // namespace retort::nn
