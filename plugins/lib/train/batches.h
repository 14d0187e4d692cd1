#pragma once
// Which images are in which batch: a function of a seed, the epoch and the step, never of what was drawn before.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace retort::train {

class Batches {
 public:
  /// `stream(epoch)` seeds the permutation of an epoch: `[&](auto e) { return run.stream("order", e); }`. A last batch
  /// of fewer images is dropped if `drop_last`. Throws Error(user) if that leaves none.
  Batches(int64_t count, int64_t batch, bool drop_last, std::function<uint64_t(int64_t epoch)> stream);

  int64_t steps() const { return steps_; }  ///< an epoch
  int64_t batch() const { return batch_; }
  int64_t count() const { return count_; }
  /// int64 [B] on the CPU: indices of the images of this step.
  at::Tensor indices(int64_t epoch, int64_t step);

 private:
  int64_t count_, batch_, steps_;
  std::function<uint64_t(int64_t)> stream_;
  int64_t epoch_ = -1;
  at::Tensor order_;
};

/// Rows of `data` ([N,…], on its device) at CPU indices.
at::Tensor rows(const at::Tensor& data, const at::Tensor& indices);

}  // namespace retort::train
