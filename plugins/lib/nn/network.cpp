#include "nn/network.h"

#include <ATen/ATen.h>

#include "nn/freeze.h"

namespace retort::nn {
namespace {

constexpr int64_t kImages = 4, kSize = 32, kClasses = 5;

struct Seen {
  at::Tensor features, logits;
};

Seen look(const Network& network, const Weights& weights, const at::Tensor& images, Mode mode) {
  PassOptions options;
  options.mode = mode;
  Pass pass(weights, options);
  const at::Tensor features = network.features(pass, images);
  return {features, features.dim() == 2 ? network.logits(pass, features, kClasses) : at::Tensor()};
}

bool close(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-6, 1e-8); }

bool same(const Weights& a, const Weights& b) {
  if (a.all().size() != b.all().size()) return false;
  for (size_t i = 0; i < a.all().size(); ++i) {
    if (a.all()[i].name != b.all()[i].name || !at::equal(a.all()[i].value, b.all()[i].value)) return false;
  }
  return true;
}

at::Tensor test_images() {
  const at::Tensor line = at::arange(kImages * 3 * kSize * kSize, at::kDouble);
  return at::sin(line * 12.9898).mul(1.5).view({kImages, 3, kSize, kSize});
}

/// Parameters that the loss does not depend on, or depends on in a way that is not a number.
void check_gradients(const Network& network, Weights weights, const at::Tensor& pixels,
                     std::vector<std::string>& broken) {
  const at::Tensor images = pixels.clone().requires_grad_(true);
  weights.require_grad(true);
  const at::Tensor logits = look(network, weights, images, Mode::train).logits;
  (logits * at::sin(at::arange(logits.numel(), at::kDouble)).view_as(logits)).sum().backward();
  const auto dead = [](const at::Tensor& gradient) {
    return !gradient.defined() || !at::isfinite(gradient).all().item<bool>() || !gradient.any().item<bool>();
  };
  if (dead(images.grad())) broken.push_back("no finite gradient reaches the images");
  for (const NamedTensor& each : weights.all()) {
    if (!each.buffer && !each.value.grad().defined()) broken.push_back("no gradient reaches \"" + each.name + "\"");
  }
}

}  // namespace

at::Tensor Network::logits(Pass& pass, const at::Tensor& features, int64_t classes) const {
  return pass.linear(head_name(), features, classes);
}

std::vector<std::string> Network::broken_properties() {
  std::vector<std::string> broken;
  const Weights single = initialise(*this, 3, kSize, kClasses, 1);
  if (!same(single, initialise(*this, 3, kSize, kClasses, 1))) broken.push_back("the same seed gives other weights");
  if (same(single, initialise(*this, 3, kSize, kClasses, 2))) broken.push_back("weights do not depend on the seed");

  const Weights weights = single.to(at::kCPU, at::kDouble);
  const at::Tensor images = test_images();
  const Seen seen = look(*this, weights, images, Mode::eval);
  if (seen.features.dim() != 2 || seen.features.size(0) != kImages) {
    return {"features have shape " + c10::str(seen.features.sizes()) + "; expected [" + std::to_string(kImages) +
            ", F]"};
  }
  if (seen.logits.sizes() != at::IntArrayRef({kImages, kClasses})) {
    broken.push_back("logits have shape " + c10::str(seen.logits.sizes()) + "; expected [images, classes]");
  }
  if (!at::isfinite(seen.logits).all().item<bool>()) broken.push_back("logits are not finite");
  const at::Tensor alone = look(*this, weights, images.narrow(0, 1, 1), Mode::eval).logits;
  if (!close(alone, seen.logits.narrow(0, 1, 1))) broken.push_back("in eval mode images see each other");
  if (!close(look(*this, freeze(weights), images, Mode::frozen).logits, seen.logits)) {
    broken.push_back("a frozen pass differs from one in eval mode");
  }
  check_gradients(*this, weights.clone(), images, broken);
  return broken;
}

}  // namespace retort::nn
