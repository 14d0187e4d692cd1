#pragma once
// MoCo's queue: keys of earlier batches, the negatives of this one (SSL.md 3.1).
#include <ATen/core/Tensor.h>

#include "sdk/torch/tensor_file.h"

namespace retort::train::ssl {

class KeyQueue {
 public:
  KeyQueue() = default;
  /// `size` random unit rows of width `dim`, on the device and of the type of `like`.
  KeyQueue(int64_t size, int64_t dim, uint64_t seed, const at::Tensor& like);

  /// Writes keys [B,dim] over the oldest; B divides the size.
  void push(const at::Tensor& keys);

  const at::Tensor& rows() const { return rows_; }                                      ///< [size,dim]
  TensorList state() const { return {{"queue", rows_}, {"queue_pointer", pointer_}}; }  ///< shared

 private:
  at::Tensor rows_, pointer_;  // the pointer lies on the CPU: reading it never waits for the device
};

}  // namespace retort::train::ssl
