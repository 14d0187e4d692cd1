#include "train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "train/lars.h"
#include "train/optimizer_state.h"

namespace retort::train {
Active active(const ParameterGroup& group) {
  Active found;
  for (size_t i = 0; i < group.parameters.size(); ++i) {
    const auto& parameter = group.parameters[i].second;
    if (!parameter.grad().defined()) continue;
    found.parameters.push_back(parameter);
    found.gradients.push_back(parameter.grad());
    found.index.push_back(i);
  }
  return found;
}

std::vector<at::Tensor> at_indices(const std::vector<at::Tensor>& all, const std::vector<size_t>& index) {
  std::vector<at::Tensor> some;
  for (size_t i : index) some.push_back(all[i]);
  return some;
}

OptimizerState make_state(const std::vector<ParameterGroup>& groups,
                          const std::function<at::Tensor(const at::Tensor&)>& make) {
  OptimizerState state;
  for (const auto& group : groups) {
    auto& own = state.emplace_back();
    for (const auto& [name, parameter] : group.parameters) own.push_back(make(parameter.detach()));
  }
  return state;
}

void list_state(const std::string& what, const std::vector<ParameterGroup>& groups, const OptimizerState& state,
                TensorList& out) {
  for (size_t g = 0; g < state.size(); ++g) {
    for (size_t i = 0; i < state[g].size(); ++i)
      out.emplace_back(what + "." + groups[g].parameters[i].first, state[g][i]);
  }
}

namespace {

at::Tensor zeros(const at::Tensor& parameter) { return at::zeros_like(parameter); }
at::Tensor counter(const at::Tensor& parameter) { return at::zeros({}, parameter.options().dtype(at::kFloat)); }

class Sgd final : public Optimizer {
 public:
  Sgd(const OptimizerSettings& settings, std::vector<ParameterGroup> groups)
      : Optimizer(std::move(groups)), settings_(settings) {
    if (settings_.momentum > 0) momentum_ = make_state(groups_, zeros);
  }

  void step(double lr, double base_lr) override {
    const at::NoGradGuard no_grad;
    for (size_t g = 0; g < groups_.size(); ++g) {
      const auto& group = groups_[g];
      const auto now = active(group);
      if (now.parameters.empty()) continue;
      // A buffer of zeros makes the first step what torch's is: v = μ·0 + g.
      const auto buffers = momentum_.empty() ? std::vector<at::Tensor>{} : at_indices(momentum_[g], now.index);
      at::_fused_sgd_(now.parameters, now.gradients, buffers, group.weight_decay.value_or(settings_.weight_decay),
                      settings_.momentum, group.lr_scale * (group.scheduled ? lr : base_lr), /*dampening=*/0,
                      settings_.nesterov, /*maximize=*/false, /*is_first_step=*/false);
    }
  }

  TensorList state() override {
    TensorList out;
    list_state("momentum", groups_, momentum_, out);
    return out;
  }

 private:
  OptimizerSettings settings_;
  OptimizerState momentum_;
};

class Adam final : public Optimizer {
 public:
  Adam(const OptimizerSettings& settings, std::vector<ParameterGroup> groups)
      : Optimizer(std::move(groups)),
        settings_(settings),
        first_(make_state(groups_, zeros)),
        second_(make_state(groups_, zeros)),
        steps_(make_state(groups_, counter)) {}

  void step(double lr, double base_lr) override {
    const at::NoGradGuard no_grad;
    for (size_t g = 0; g < groups_.size(); ++g) {
      const auto& group = groups_[g];
      const auto now = active(group);
      if (now.parameters.empty()) continue;
      const auto first = at_indices(first_[g], now.index), second = at_indices(second_[g], now.index);
      const auto steps = at_indices(steps_[g], now.index);
      at::_foreach_add_(steps, 1);
      const auto update = settings_.type == "adamw" ? &decoupled : &coupled;
      update(now, first, second, steps, group.lr_scale * (group.scheduled ? lr : base_lr),
             group.weight_decay.value_or(settings_.weight_decay), settings_);
    }
  }

  TensorList state() override {
    TensorList out;
    list_state("first", groups_, first_, out);
    list_state("second", groups_, second_, out);
    list_state("steps", groups_, steps_, out);
    return out;
  }

 private:
  using Tensors = std::vector<at::Tensor>;
  static void coupled(const Active& now, const Tensors& first, const Tensors& second, const Tensors& steps, double lr,
                      double decay, const OptimizerSettings& s) {
    at::_fused_adam_(now.parameters, now.gradients, first, second, {}, steps, lr, s.beta1, s.beta2, decay, s.epsilon,
                     /*amsgrad=*/false, /*maximize=*/false);
  }
  static void decoupled(const Active& now, const Tensors& first, const Tensors& second, const Tensors& steps, double lr,
                        double decay, const OptimizerSettings& s) {
    at::_fused_adamw_(now.parameters, now.gradients, first, second, {}, steps, lr, s.beta1, s.beta2, decay, s.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  }

  OptimizerSettings settings_;
  OptimizerState first_, second_, steps_;
};

/// Parameters of one dimension at most (biases, BatchNorm) in groups of their own, without decay.
std::vector<ParameterGroup> split_by_dimension(const std::vector<ParameterGroup>& groups) {
  std::vector<ParameterGroup> out;
  for (const auto& group : groups) {
    ParameterGroup decayed = group, plain = group;
    decayed.parameters.clear();
    plain.parameters.clear();
    plain.weight_decay = 0;
    for (const auto& entry : group.parameters) (entry.second.dim() > 1 ? decayed : plain).parameters.push_back(entry);
    if (!decayed.parameters.empty()) out.push_back(std::move(decayed));
    if (!plain.parameters.empty()) out.push_back(std::move(plain));
  }
  return out;
}

}  // namespace

void OptimizerSettings::declare(Declare& d) {
  d.param("optimizer", type, "How parameters are updated").one_of({"sgd", "adam", "adamw", "lars"});
  d.param("weight_decay", weight_decay, "Decay of weights").at_least(0);
  d.param("decay_all", decay_all, "Whether biases and BatchNorm's parameters decay too");
  d.param("momentum", momentum, "sgd, lars: share of the last update that is kept").at_least(0).less_than(1);
  d.param("nesterov", nesterov, "sgd: Nesterov's momentum");
  d.param("beta1", beta1, "adam, adamw: memory of the mean").at_least(0).less_than(1);
  d.param("beta2", beta2, "adam, adamw: memory of the square").at_least(0).less_than(1);
  d.param("lars", lars, "lars: whose rule").one_of({"facebook", "larc", "solo", "lightly", "google"}).neutral("solo");
  d.param("trust", trust, "lars: step of a tensor relative to its norm; by default 0.02 for solo, else 0.001")
      .greater_than(0);
  d.param("lars_clip", lars_clip, "lars, solo: the scaled rate never exceeds the learning rate").neutral(true);
}

void Optimizer::zero() {
  for (auto& group : groups_) {
    for (auto& [name, parameter] : group.parameters) parameter.mutable_grad().reset();
  }
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings, std::vector<ParameterGroup> groups) {
  if (!settings.decay_all) groups = split_by_dimension(groups);
  if (settings.type == "sgd") return std::make_unique<Sgd>(settings, std::move(groups));
  if (settings.type == "adam" || settings.type == "adamw") return std::make_unique<Adam>(settings, std::move(groups));
  if (settings.type == "lars") return make_lars(settings, std::move(groups));
  throw Error(ErrorKind::user, "no optimizer \"" + settings.type + "\" (there are: sgd, adam, adamw, lars)");
}

}  // namespace retort::train
