#include "train/batches.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::train {

Batches::Batches(int64_t count, int64_t batch, bool drop_last, std::function<uint64_t(int64_t)> stream)
    : count_(count),
      batch_(batch),
      steps_(drop_last ? count / batch : (count + batch - 1) / batch),
      stream_(std::move(stream)) {
  if (steps_ > 0) return;
  throw Error(ErrorKind::user, count == 0 ? std::string("the data set has no images")
                                          : "\"batch\" " + std::to_string(batch) + " is larger than the data set (" +
                                                std::to_string(count) + " images), and incomplete batches are dropped");
}

at::Tensor Batches::indices(int64_t epoch, int64_t step) {
  if (epoch != epoch_) {
    auto random = vision::make_generator(stream_(epoch));
    order_ = vision::draw_permutation(count_, random);
    epoch_ = epoch;
  }
  const int64_t start = step * batch_;
  return order_.narrow(0, start, std::min(batch_, count_ - start));
}

at::Tensor rows(const at::Tensor& data, const at::Tensor& indices) {
  return data.index_select(0, indices.to(data.device(), /*non_blocking=*/true));
}

}  // namespace retort::train
