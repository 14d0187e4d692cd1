#include "match/gradients.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

namespace retort::match {

std::vector<at::Tensor> gradients(const at::Tensor& value, const std::vector<at::Tensor>& of, bool again) {
  auto result = torch::autograd::grad({value}, of, /*grad_outputs=*/{}, /*retain_graph=*/again, /*create_graph=*/again,
                                      /*allow_unused=*/true);
  for (size_t i = 0; i < result.size(); ++i)
    if (!result[i].defined()) result[i] = at::zeros_like(of[i]);
  return result;
}

}  // namespace retort::match
