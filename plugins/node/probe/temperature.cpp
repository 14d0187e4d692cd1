#include "temperature.h"

#include <cmath>

namespace retort::probe {

double cross_entropy_of(const at::Tensor& logits, const at::Tensor& labels, double temperature) {
  const auto scores = at::log_softmax(logits.to(at::kDouble) / temperature, 1);
  return -scores.gather(1, labels.unsqueeze(1)).mean().item<double>();
}

std::optional<double> best_temperature(const at::Tensor& logits, const at::Tensor& labels) {
  const auto z = logits.to(at::kDouble);
  const auto own = z.gather(1, labels.unsqueeze(1)).squeeze(1);
  // In 1/temperature the cross entropy is convex: its slope is the mean of E_p[z] - z_label, which only grows.
  const auto slope = [&](double log_inverse) {
    const auto p = at::softmax(z * std::exp(log_inverse), 1);
    return ((p * z).sum(1) - own).mean().item<double>();
  };
  constexpr double kFurthest = 14;  // temperatures of a millionth to a million
  double low = -kFurthest, high = kFurthest;
  if (!(slope(low) < 0) || !(slope(high) > 0)) return std::nullopt;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (slope(middle) < 0 ? low : high) = middle;
  }
  return std::exp(-(low + high) / 2);
}

double prior_cross_entropy(const at::Tensor& labels, int64_t classes) {
  const auto shares = at::bincount(labels, {}, classes).to(at::kDouble) / static_cast<double>(labels.size(0));
  return -at::special_xlogy(shares, shares).sum().item<double>();
}

}  // namespace retort::probe
