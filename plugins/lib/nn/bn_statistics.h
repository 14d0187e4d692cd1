#pragma once
// BatchNorm of a frozen network as one operation: scale and shift, what is added (a residual), ReLU, and the batch
// statistics of the input, in one pass over the activation forward and one pass backward (METHODS.md 6.1). Any loss
// on the statistics gets this speed: it differentiates only the small [groups, channels] tensors.
//
// Scale and shift are applied here rather than folded into the convolution before: the pass is bound by memory, so they
// are free, the statistics are those of the input itself, and a channel whose scale is zero needs no special case.
#include <ATen/core/Tensor.h>

namespace retort::nn {

struct Statistics {
  at::Tensor output;  ///< relu(scale · a + shift + residual), each part as asked
  at::Tensor mean;    ///< [groups, C]
  at::Tensor var;     ///< [groups, C], biased, over (N/groups, H, W)
};

/// What happens to the activation; undefined tensors stand for "nothing". Constants: no gradient reaches scale and
/// shift.
struct Activation {
  at::Tensor scale, shift;  ///< [C], both or neither
  at::Tensor residual;      ///< shape of a; differentiable
  bool relu = false;
};

/// a: [N,C,H,W] or [N,C] with N divisible by `groups`. Statistics are of `a`, before anything is done to it, and
/// computed in at least float32. Gradients of mean, var and output are all taken; differentiable any number of times.
Statistics bn_statistics(const at::Tensor& a, int64_t groups, const Activation& then = {});

/// The same without statistics.
at::Tensor bn_activation(const at::Tensor& a, const Activation& then);

}  // namespace retort::nn
