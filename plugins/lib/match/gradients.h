#pragma once
// Gradients as tensors, differentiable again if asked: the one place that needs libtorch's autograd headers.
#include <ATen/core/Tensor.h>

#include <vector>

namespace retort::match {

/// ∂value/∂of[i] for a scalar; zeros for what it does not depend on. With `again` the result can be differentiated and
/// the graph of `value` is kept.
std::vector<at::Tensor> gradients(const at::Tensor& value, const std::vector<at::Tensor>& of, bool again);

}  // namespace retort::match
