#include "prefix_best.h"

#include <algorithm>

namespace retort::evaluate {

double prefix_best(const at::Tensor& logits, const at::Tensor& labels, int64_t batch) {
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
