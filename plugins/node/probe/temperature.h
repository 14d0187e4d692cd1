#pragma once
// Temperature scaling (Guo et al., ICML 2017): the one number by which logits are divided so that their cross entropy
// on held-out images is least. It changes no answer. A head whose logits are too large makes recovery follow cross
// entropy alone, so its scale is a setting of recovery in disguise (METHODS.md 2.8).
#include <ATen/ATen.h>

#include <optional>

namespace retort::probe {

/// Mean cross entropy of logits [N,K] divided by `temperature` with labels int64 [N], in nats; in float64.
double cross_entropy_of(const at::Tensor& logits, const at::Tensor& labels, double temperature = 1);

/// The temperature of least cross entropy, to ten digits; nothing where there is none, because the held-out images are
/// all told apart (the colder the better) or no better than by chance (the hotter the better). On the CPU.
std::optional<double> best_temperature(const at::Tensor& logits, const at::Tensor& labels);

/// Cross entropy of answering every image with the shares of the classes among these labels: their entropy, in nats.
double prior_cross_entropy(const at::Tensor& labels, int64_t classes);

}  // namespace retort::probe
