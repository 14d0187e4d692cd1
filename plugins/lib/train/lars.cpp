#include "train/lars.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "train/optimizer_state.h"

namespace retort::train {
namespace {

using Tensors = std::vector<at::Tensor>;
constexpr double kEpsilon = 1e-8;

struct Dialect {
  std::string name;
  bool decay_in_norm;  ///< the gradient's norm is taken with the decay in it; else both norms are added
  bool one_dimension;  ///< tensors of one dimension are scaled and decay
  bool only_decayed;   ///< groups without decay are not scaled
  bool clip;           ///< scaled rate at most the learning rate
  bool rate_inside;    ///< the learning rate is inside the momentum
  double trust;
};

const std::vector<Dialect>& dialects() {
  static const std::vector<Dialect> all{
      {"facebook", true, false, false, false, false, 0.001}, {"larc", false, true, false, false, false, 0.001},
      {"solo", false, false, false, true, false, 0.02},      {"lightly", false, true, true, false, false, 0.001},
      {"google", true, false, false, false, true, 0.001},
  };
  return all;
}

Dialect dialect_of(const OptimizerSettings& settings) {
  for (Dialect each : dialects()) {
    if (each.name != settings.lars) continue;
    each.trust = settings.trust.value_or(each.trust);
    each.clip = each.clip && settings.lars_clip;
    return each;
  }
  throw Error(ErrorKind::user, "no lars \"" + settings.lars + "\" (there are: facebook, larc, solo, lightly, google)");
}

class Lars final : public Optimizer {
 public:
  Lars(const OptimizerSettings& settings, std::vector<ParameterGroup> groups)
      : Optimizer(std::move(groups)),
        dialect_(dialect_of(settings)),
        decay_(settings.weight_decay),
        keep_(settings.momentum),
        momentum_(make_state(groups_, [](const at::Tensor& parameter) { return at::zeros_like(parameter); })) {}

  void step(double lr, double base_lr) override {
    const at::NoGradGuard no_grad;
    for (size_t g = 0; g < groups_.size(); ++g) {
      const ParameterGroup& group = groups_[g];
      const Active now = active(group);
      if (now.parameters.empty()) continue;
      const double rate = group.lr_scale * (group.scheduled ? lr : base_lr);
      const Tensors updates = scaled(now, rate, group.weight_decay.value_or(decay_));
      const Tensors momentum = at_indices(momentum_[g], now.index);
      at::_foreach_mul_(momentum, keep_);
      at::_foreach_add_(momentum, updates, dialect_.rate_inside ? rate : 1);
      at::_foreach_add_(now.parameters, momentum, dialect_.rate_inside ? -1 : -rate);
    }
  }

  TensorList state() override {
    TensorList out;
    list_state("momentum", groups_, momentum_, out);
    return out;
  }

 private:
  /// The gradients, decayed and scaled where the dialect does that.
  Tensors scaled(const Active& now, double rate, double decay) const {
    Tensors updates = now.gradients, parameters, gradients;
    std::vector<size_t> chosen;
    for (size_t i = 0; i < updates.size(); ++i) {
      if (!dialect_.one_dimension && now.parameters[i].dim() <= 1) continue;
      chosen.push_back(i), parameters.push_back(now.parameters[i]), gradients.push_back(now.gradients[i]);
    }
    if (chosen.empty() || (dialect_.only_decayed && decay == 0)) return updates;
    const Tensors fresh = dialect_.decay_in_norm ? after_decay(parameters, gradients, decay)
                                                 : with_decay(parameters, gradients, decay, rate);
    for (size_t i = 0; i < chosen.size(); ++i) updates[chosen[i]] = fresh[i];
    return updates;
  }

  /// d = g + λp, times η‖p‖/‖d‖, or 1 if a norm is zero.
  Tensors after_decay(const Tensors& parameters, const Tensors& gradients, double decay) const {
    const Tensors decayed = at::_foreach_add(gradients, parameters, decay);
    const at::Tensor p = norms(parameters), d = norms(decayed);
    return at::_foreach_mul(decayed, at::where((p > 0).logical_and(d > 0), dialect_.trust * p / d, 1.).unbind());
  }

  /// (g + λp), times η‖p‖/(‖g‖ + λ‖p‖ + ε); the plain gradient if a norm is zero.
  Tensors with_decay(const Tensors& parameters, const Tensors& gradients, double decay, double rate) const {
    const at::Tensor p = norms(parameters), g = norms(gradients);
    at::Tensor factor = dialect_.trust * p / (g + decay * p + kEpsilon);
    if (dialect_.clip) factor = (factor / rate).clamp_max(1);
    const at::Tensor both = (p > 0).logical_and(g > 0);
    const Tensors of_gradient = at::where(both, factor, 1.).unbind(), of_parameter = (both * factor * decay).unbind();
    return at::_foreach_add(at::_foreach_mul(gradients, of_gradient), at::_foreach_mul(parameters, of_parameter));
  }

  static at::Tensor norms(const Tensors& tensors) { return at::stack(at::_foreach_norm(tensors, 2)); }

  Dialect dialect_;
  double decay_, keep_;
  OptimizerState momentum_;
};

}  // namespace

std::unique_ptr<Optimizer> make_lars(const OptimizerSettings& settings, std::vector<ParameterGroup> groups) {
  return std::make_unique<Lars>(settings, std::move(groups));
}

}  // namespace retort::train
