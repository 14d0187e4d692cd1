#pragma once
// What every optimiser does with its groups: pick the parameters that got a gradient in this step, and keep one tensor
// a parameter between steps. [train]
#include <functional>

#include "train/optimizer.h"

namespace retort::train {

/// The parameters of a group that got a gradient in this step, with what belongs to them.
struct Active {
  std::vector<at::Tensor> parameters, gradients;
  std::vector<size_t> index;  ///< in the group
};
Active active(const ParameterGroup& group);

std::vector<at::Tensor> at_indices(const std::vector<at::Tensor>& all, const std::vector<size_t>& index);

using OptimizerState = std::vector<std::vector<at::Tensor>>;  ///< [group][parameter]
OptimizerState make_state(const std::vector<ParameterGroup>& groups,
                          const std::function<at::Tensor(const at::Tensor&)>& make);
/// Appends "what.parameter" for each.
void list_state(const std::string& what, const std::vector<ParameterGroup>& groups, const OptimizerState& state,
                TensorList& out);

}  // namespace retort::train
