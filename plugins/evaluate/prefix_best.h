#pragma once
// The number that SC-DD's released test loop prints as its best (VILA-Lab/SRe2L, SCDD, train_kd_cifar.py; specs of the
// paper do not say which number its tables hold): it compares with the best so far inside the loop over test batches,
// with the share of right answers among the images seen until then.
#include <ATen/ATen.h>

#include <algorithm>

namespace retort::evaluate {

/// Largest share of right answers among the first `batch`, 2·`batch`, … and all test images in their order, in percent.
/// logits [N,K], labels int64 [N], both on the CPU.
inline double prefix_best(const at::Tensor& logits, const at::Tensor& labels, int64_t batch = 64) {
  const auto right = logits.argmax(1).eq(labels).to(at::kLong).cumsum(0).contiguous();
  const auto* so_far = right.const_data_ptr<int64_t>();
  const int64_t count = right.size(0);
  double best = 0;
  for (int64_t begin = 0; begin < count; begin += batch) {
    const int64_t seen = std::min(begin + batch, count);
    best = std::max(best, 100.0 * static_cast<double>(so_far[seen - 1]) / static_cast<double>(seen));
  }
  return best;
}

}  // namespace retort::evaluate
