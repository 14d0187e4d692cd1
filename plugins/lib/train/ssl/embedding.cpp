#include "train/ssl/embedding.h"

#include <ATen/ATen.h>

namespace retort::train::ssl {

at::Tensor full_precision(const at::Tensor& x) { return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat); }

at::Tensor normalise(const at::Tensor& x) {
  const at::Tensor wide = full_precision(x);
  return wide / wide.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

at::Tensor mean_cosine(const at::Tensor& a, const at::Tensor& b) { return (normalise(a) * normalise(b)).sum(1).mean(); }

at::Tensor spread(const at::Tensor& x) {
  return normalise(x.detach()).std(at::IntArrayRef{0}, /*unbiased=*/true).mean();
}

}  // namespace retort::train::ssl
