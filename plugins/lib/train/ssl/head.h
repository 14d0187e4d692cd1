#pragma once
// Projection and prediction heads: linear layers with BatchNorm and an activation between them. Layers are numbered as
// in torch's Sequential (0 linear, 1 norm, 2 activation, …). A linear layer that BatchNorm follows has no bias: it
// would be subtracted again.
#include <string>
#include <vector>

#include "nn/pass.h"

namespace retort::train::ssl {

struct HeadShape {
  std::vector<int64_t> widths;  ///< output of each linear layer
  bool norm = true;             ///< BatchNorm with affine parameters before each activation
  bool last_norm = false;       ///< BatchNorm after the last layer, without affine parameters
  bool last_bias = false;       ///< bias of the last layer; none with last_norm
  bool gelu = false;            ///< GELU instead of ReLU
};

/// `layers` - 1 times `hidden`, then `out`.
std::vector<int64_t> widths(int64_t layers, int64_t hidden, int64_t out);

/// Batch statistics in BatchNorm, over `splits` parts of the batch each (SSL.md 2.2); running statistics move.
nn::PassOptions training(int64_t splits = 1);

class Head {
 public:
  Head() = default;
  /// Fresh weights (torch's default for linear layers) for inputs of this width, on the device and of the type of
  /// `like`.
  Head(HeadShape shape, int64_t width, uint64_t seed, const at::Tensor& like);

  /// [N,width] → [N,last], in training.
  at::Tensor operator()(const at::Tensor& x, int64_t splits = 1);

  nn::Weights weights;

 private:
  at::Tensor run(nn::Pass& pass, at::Tensor x) const;
  HeadShape shape_;
};

}  // namespace retort::train::ssl
