#include "sdk/torch/recover_stages.h"

#include <ATen/ATen.h>

namespace retort {

std::vector<std::string> RecoverStages::broken_properties() {
  for (const int64_t iterations : {0, 1, 7, 100}) {
    const auto list = stages(iterations, 16);
    if (list.empty()) return {"there is no stage"};
    int64_t sum = 0;
    for (const auto& stage : list) {
      sum += stage.iterations;
      if (stage.image_size <= 0) return {"a stage has no image size"};
      const auto entered = enter(stage, at::ones({2, 3, 16, 16}), at::ones({2, 3, 16, 16}));
      if (entered.sizes() != at::IntArrayRef({2, 3, stage.image_size, stage.image_size}))
        return {"images do not enter a stage in its size"};
    }
    if (sum != iterations)
      return {"stages of " + std::to_string(iterations) + " iterations have " + std::to_string(sum) + " in all"};
  }
  return {};
}

}  // namespace retort
