#pragma once
// Batch statistics of an activation and, in the same backward, their gradient (methods.md 11.1a): one pass forward over
// the activation, one fused multiply-add backward onto the gradient that comes from above. Any loss on the statistics gets
// this speed: it differentiates only the small [groups, channels] tensors.
#include <ATen/core/Tensor.h>

namespace retort::nn {

struct Statistics {
  at::Tensor output;  ///< the activation itself, or its ReLU
  at::Tensor mean;    ///< [groups, C]
  at::Tensor var;     ///< [groups, C], biased, over (N/groups, H, W)
};

/// z: [N,C,H,W] with N divisible by `groups`. With `relu` the output is max(z, 0) (statistics are of z). Statistics are
/// computed in at least float32. Differentiable once in z; gradients of mean, var and output are all taken.
Statistics bn_statistics(const at::Tensor& z, int64_t groups, bool relu);

}  // namespace retort::nn
