#include "train/ssl_method.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

constexpr int64_t kBatch = 64, kSide = 8;

/// The smallest network that has everything a method may ask for.
class TinyNetwork final : public nn::Network {
 public:
  void declare(Declare&) override {}
  at::Tensor features(nn::Pass& pass, const at::Tensor& images) const override {
    return pass.conv_bn("conv1", "bn1", images, {.out = 8}, true).mean({2, 3});
  }
};

SslSetup tiny_setup() {
  SslSetup setup;
  setup.network = std::make_shared<TinyNetwork>();
  setup.backbone = nn::initialise(*setup.network, 3, kSide, 0, 1);
  setup.backbone.require_grad(true);
  setup.feature_size = 8;
  setup.batch = kBatch;
  setup.steps = 2;
  setup.epochs = 2;
  setup.stream = [](const std::string& purpose) { return stream_seed(1, "contract", purpose, 0, 0); };
  return setup;
}

std::vector<at::Tensor> tiny_views(int64_t count) {
  auto random = vision::make_generator(3);
  std::vector<at::Tensor> views;
  for (int64_t i = 0; i < count; ++i) views.push_back(at::randn({kBatch, 3, kSide, kSide}, random, at::kFloat));
  return views;
}

SslStep tiny_step(const std::vector<at::Tensor>& views) {
  return {views, Position{0, 1, 2, 2}, vision::make_generator(5)};
}

TensorList copies(const TensorList& tensors) {
  TensorList out;
  for (const auto& [name, tensor] : tensors) out.emplace_back(name, tensor.detach().clone());
  return out;
}

std::vector<std::string> names(const nn::Weights& weights) {
  std::vector<std::string> out;
  for (const auto& entry : weights.all()) out.push_back(entry.name);
  return out;
}

}  // namespace

std::vector<std::string> SslMethod::broken_properties() {
  std::vector<std::string> broken;
  const auto views = tiny_views(views_needed());
  auto setup = tiny_setup();
  setup.view_sizes.assign(views.size(), kSide);
  start(setup);
  if (names(exported()) != names(setup.backbone))
    broken.push_back("exported() has not the names of the backbone given");
  auto live = state();
  const auto before = copies(live);
  const auto loss_before = loss(tiny_step(views));
  if (loss_before.dim() != 0) broken.push_back("the loss is not a scalar");
  if (!std::isfinite(loss_before.item<double>())) broken.push_back("the loss is not finite");
  loss_before.backward();
  for (const auto& group : groups()) {
    for (const auto& [name, parameter] : group.parameters) {
      if (!parameter.grad().defined()) broken.push_back("no gradient reaches \"" + name + "\"");
    }
  }
  after_backward(tiny_step(views));  // may drop gradients: frozen prototypes
  after_step(tiny_step(views));
  for (const auto& [name, value] : monitors()) {
    if (value.dim() != 0 || !std::isfinite(value.item<double>()))
      broken.push_back("the monitor \"" + name + "\" is not a finite scalar");
  }
  for (const auto& [name, tensor] : heads()) {
    if (!tensor.defined()) broken.push_back("the head's \"" + name + "\" is not there");
  }
  {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < live.size(); ++i) live[i].second.copy_(before[i].second);
  }
  if (loss(tiny_step(views)).item<double>() != loss_before.item<double>())
    broken.push_back("with its state put back the method gives another loss: state() is not all of it");
  return broken;
}

}  // namespace retort::train
