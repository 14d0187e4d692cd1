#include "train/tenth.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <vector>

namespace retort::train {

Tenth tenth_of_each_class(const at::Tensor& labels) {
  const auto all = labels.cpu().contiguous();
  const auto* label = all.const_data_ptr<int64_t>();
  std::map<int64_t, int64_t> count, seen;
  for (int64_t i = 0; i < all.size(0); ++i) ++count[label[i]];
  std::vector<int64_t> kept, apart;
  for (int64_t i = 0; i < all.size(0); ++i) {
    const int64_t of_class = count[label[i]];
    const int64_t held = of_class < 2 ? 0 : std::max<int64_t>(1, of_class / 10);
    (seen[label[i]]++ < of_class - held ? kept : apart).push_back(i);
  }
  if (apart.empty() && kept.size() > 1) {
    apart.push_back(kept.back());
    kept.pop_back();
  }
  return {at::tensor(kept, at::kLong), at::tensor(apart, at::kLong)};
}

}  // namespace retort::train
