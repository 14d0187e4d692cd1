#include "train/ssl/key_queue.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "train/ssl/embedding.h"
#include "vision/draw.h"

namespace retort::train::ssl {

KeyQueue::KeyQueue(int64_t size, int64_t dim, uint64_t seed, const at::Tensor& like)
    : pointer_(at::zeros({1}, at::kLong)) {
  auto random = vision::make_generator(seed);
  rows_ = normalise(at::randn({size, dim}, random, at::kFloat)).to(like.options().requires_grad(false));
}

void KeyQueue::push(const at::Tensor& keys) {
  const at::NoGradGuard no_grad;
  const auto start = pointer_.item<int64_t>();
  rows_.narrow(0, start, keys.size(0)).copy_(keys);
  pointer_.fill_((start + keys.size(0)) % rows_.size(0));
}

}  // namespace retort::train::ssl
