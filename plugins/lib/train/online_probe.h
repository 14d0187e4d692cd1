#pragma once
// A linear classifier that learns beside a self-supervised run, on the features its steps compute anyway: how good they
// are already, for nothing. It has its own plain SGD and no gradient reaches the encoder (SSL.md 4.3).
#include <ATen/core/Tensor.h>

#include "sdk/torch/tensor_file.h"

namespace retort::train {

class OnlineProbe {
 public:
  /// Weights of zero, on the device of `like`.
  OnlineProbe(int64_t features, int64_t classes, double lr, const at::Tensor& like);

  /// One step on rows [M,F] of labels [M], counted before it learns from them.
  void learn(const at::Tensor& features, const at::Tensor& labels);
  /// Percent right since the last call.
  double take_accuracy();
  TensorList state() const { return {{"online_probe.weight", weight_}, {"online_probe.bias", bias_}}; }  ///< shared

 private:
  at::Tensor weight_, bias_, right_;
  double lr_;
  int64_t seen_ = 0;
};

}  // namespace retort::train
