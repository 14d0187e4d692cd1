#include "train/ssl/crossing.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "train/ssl/embedding.h"

namespace retort::train::ssl {
namespace {

at::Tensor entropy(const at::Tensor& rows) {
  return -at::xlogy(rows, rows).sum(1) / std::log(static_cast<double>(rows.size(1)));
}

}  // namespace

at::Tensor crossed_entropy(const at::Tensor& targets, const at::Tensor& logits, double temperature) {
  const int64_t assigning = targets.size(0), views = logits.size(0);
  const at::Tensor log_p = at::log_softmax(full_precision(logits) / temperature, 2);
  const at::Tensor others = log_p.sum(0, /*keepdim=*/true) - log_p.narrow(0, 0, assigning);  // Σ over v ≠ i
  return -(targets * others).sum(2).mean(1).sum() / static_cast<double>(assigning * (views - 1));
}

at::Tensor sinkhorn(const at::Tensor& scores, double epsilon, int64_t iterations) {
  const at::NoGradGuard no_grad;
  const double images = static_cast<double>(scores.size(0)), prototypes = static_cast<double>(scores.size(1));
  at::Tensor log_q = full_precision(scores) / epsilon;
  for (int64_t i = 0; i < iterations; ++i) {
    log_q = log_q - log_q.logsumexp({0}, /*keepdim=*/true) - std::log(prototypes);
    log_q = log_q - log_q.logsumexp({1}, /*keepdim=*/true) - std::log(images);
  }
  return log_q.exp() * images;
}

at::Tensor conditional_entropy(const at::Tensor& probabilities) { return entropy(probabilities).mean(); }

at::Tensor marginal_entropy(const at::Tensor& probabilities) {
  return entropy(probabilities.mean(0, /*keepdim=*/true)).squeeze(0);
}

at::Tensor unused(const at::Tensor& probabilities) {
  const int64_t columns = probabilities.size(1), possible = std::min(probabilities.size(0), columns);
  const at::Tensor used =
      at::zeros({columns}, probabilities.options()).index_fill_(0, probabilities.argmax(1), 1).sum();
  return 1 - used / possible;
}

}  // namespace retort::train::ssl
