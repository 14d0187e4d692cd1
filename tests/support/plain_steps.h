#pragma once
// Optimisers as textbooks and PyTorch's documentation write them, on leaves: what tests of whole steps train with, so
// that nothing of plugins/lib/train is asked about itself.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <vector>

namespace retort::test {

/// torch.optim.SGD: v = μ v + (g + λ θ), v = g + λ θ in the first step; θ -= η v, or η (g + λ θ + μ v) of Nesterov's.
struct PlainSgd {
  double momentum = 0, decay = 0;
  bool nesterov = false;
  std::vector<at::Tensor> velocity = {};

  void step(const std::vector<at::Tensor>& parameters, double lr) {
    const at::NoGradGuard no_grad;
    const bool first = velocity.empty();
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto g = parameters[i].grad() + decay * parameters[i];
      if (first)
        velocity.push_back(g.clone());
      else
        velocity[i] = momentum * velocity[i] + g;
      at::Tensor parameter = parameters[i];
      parameter.sub_(lr * (nesterov ? g + momentum * velocity[i] : velocity[i]));
      parameter.mutable_grad().reset();
    }
  }
};

/// torch.optim.AdamW: the decay shrinks the parameter itself, both moments are corrected for their start.
struct PlainAdamW {
  double decay = 0.01, beta1 = 0.9, beta2 = 0.999;
  std::vector<at::Tensor> mean = {}, square = {};
  int steps = 0;

  void step(const std::vector<at::Tensor>& parameters, double lr) {
    const at::NoGradGuard no_grad;
    ++steps;
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto& g = parameters[i].grad();
      if (mean.size() <= i) mean.push_back(at::zeros_like(g)), square.push_back(at::zeros_like(g));
      mean[i] = beta1 * mean[i] + (1 - beta1) * g;
      square[i] = beta2 * square[i] + (1 - beta2) * g * g;
      at::Tensor parameter = parameters[i];
      parameter.mul_(1 - lr * decay);
      parameter.sub_(lr * (mean[i] / (1 - std::pow(beta1, steps))) /
                     ((square[i] / (1 - std::pow(beta2, steps))).sqrt() + 1e-8));
      parameter.mutable_grad().reset();
    }
  }
};

}  // namespace retort::test
