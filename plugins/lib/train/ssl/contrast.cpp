#include "train/ssl/contrast.h"

#include <ATen/ATen.h>

#include <limits>

#include "train/ssl/embedding.h"

namespace retort::train::ssl {
namespace {

Contrast contrast(const at::Tensor& logits, const at::Tensor& positive) {
  return {at::cross_entropy_loss(logits, positive),
          logits.detach().argmax(1).eq(positive).to(logits.scalar_type()).mean()};
}

at::Tensor indices(int64_t count, const at::Tensor& like) { return at::arange(count, like.options().dtype(at::kLong)); }

}  // namespace

Contrast queue_contrast(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& queue,
                        double temperature) {
  const FullPrecision guard;
  const at::Tensor own = (queries * keys).sum(1, /*keepdim=*/true);
  const at::Tensor logits = at::cat({own, queries.matmul(queue.t())}, 1) / temperature;
  return contrast(logits, at::zeros({queries.size(0)}, queries.options().dtype(at::kLong)));
}

Contrast batch_contrast(const at::Tensor& queries, const at::Tensor& keys, double temperature) {
  const FullPrecision guard;
  Contrast result = contrast(queries.matmul(keys.t()) / temperature, indices(queries.size(0), queries));
  result.loss = result.loss * (2 * temperature);
  return result;
}

Contrast nt_xent(const at::Tensor& a, const at::Tensor& b, double temperature) {
  const FullPrecision guard;
  const int64_t count = a.size(0);
  const at::Tensor all = at::cat({a, b});
  const at::Tensor self = at::eye(2 * count, all.options().dtype(at::kBool));
  const at::Tensor logits =
      (all.matmul(all.t()) / temperature).masked_fill(self, -std::numeric_limits<float>::infinity());
  return contrast(logits, at::roll(indices(2 * count, all), {-count}, {0}));
}

}  // namespace retort::train::ssl
