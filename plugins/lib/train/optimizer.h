#pragma once
// Optimisers over groups of named parameters, on ATen's fused kernels. Gradients are read from `.grad` and cleared by
// `zero`; a parameter without one is left alone, its state too. State is named after the parameters.
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/declare.h"
#include "sdk/torch/tensor_file.h"

namespace retort::train {

/// Parameters that are updated alike.
struct ParameterGroup {
  TensorList parameters;                    ///< leaves that require gradients
  double lr_scale = 1;                      ///< learning rate relative to the run's
  bool scheduled = true;                    ///< false: keeps the base learning rate (SimSiam's predictor)
  std::optional<double> weight_decay = {};  ///< instead of the settings'
};

struct OptimizerSettings {
  std::string type = "sgd";  ///< sgd, adam (decay added to the gradient), adamw (decoupled), lars (lars.h)
  double weight_decay = 0;
  bool decay_all = true;                              ///< false: only parameters of more than one dimension decay
  double momentum = 0.9;                              ///< sgd, lars
  bool nesterov = false;                              ///< sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam, adamw
  std::string lars = "solo";                          ///< lars: the dialect (lars.h)
  std::optional<double> trust;                        ///< lars: the trust coefficient; absent: the dialect's
  bool lars_clip = true;                              ///< lars, solo: the scaled rate never exceeds the learning rate

  /// Parameters optimizer, weight_decay, decay_all, momentum, nesterov, beta1, beta2, lars, trust, lars_clip; the
  /// members' values are the defaults.
  void declare(Declare& d);
  bool operator==(const OptimizerSettings&) const = default;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// One update. `lr` of this step for scheduled groups, `base_lr` for the others.
  virtual void step(double lr, double base_lr) = 0;
  void zero();
  /// Momentum and counters as tensors that share storage with the live state: for checkpoints.
  virtual TensorList state() = 0;

 protected:
  explicit Optimizer(std::vector<ParameterGroup> groups) : groups_(std::move(groups)) {}
  std::vector<ParameterGroup> groups_;
};

/// Splits groups as `decay_all` asks and makes the optimiser. Throws Error(user) for an unknown type.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings, std::vector<ParameterGroup> groups);

}  // namespace retort::train
