// Mode::init: the weights a layer asks for are made, and its output is zeros of the right shape.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "nn/network.h"
#include "nn/pass.h"

namespace retort::nn {

void Pass::make(const std::string& name, at::IntArrayRef shape, const std::function<void(at::Tensor&)>& fill,
                bool fixed) {
  if (making_->contains(name)) return;
  at::Tensor weight = at::empty(shape, at::kFloat);
  if (options_.generator.defined()) fill(weight);
  making_->add(name, weight, fixed);
}

at::Tensor Pass::made_linear(const std::string& name, const at::Tensor& x, int64_t out, bool bias, const Start& start) {
  const double bound = 1 / std::sqrt(static_cast<double>(x.size(-1)));
  const auto fill = [&](at::Tensor& weight) { weight.uniform_(-bound, bound, options_.generator); };
  if (start) {
    make(name + ".weight", {out, x.size(-1)}, [&](at::Tensor& weight) { start(weight, options_.generator); });
    if (bias) make(name + ".bias", {out}, [](at::Tensor& zeros) { zeros.zero_(); });
  } else {
    make(name + ".weight", {out, x.size(-1)}, fill);
    if (bias) make(name + ".bias", {out}, fill);
  }
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = out;
  return at::zeros(shape, x.options());
}

void Pass::make_batch_norm(const std::string& name, int64_t channels, bool affine, double weight) {
  if (affine) {
    make(name + ".weight", {channels}, [&](at::Tensor& each) { each.fill_(weight); });
    make(name + ".bias", {channels}, [](at::Tensor& each) { each.zero_(); });
  }
  if (making_->contains(name + ".running_mean")) return;
  making_->add(name + ".running_mean", at::zeros({channels}), true);
  making_->add(name + ".running_var", at::ones({channels}), true);
  making_->add(name + ".num_batches_tracked", at::zeros({}, at::kLong), true);
}

at::Tensor Pass::made_conv(const std::string& name, const at::Tensor& x, const ConvShape& shape) {
  const int64_t inputs = x.size(1) / shape.groups, area = shape.kernel * shape.kernel;
  const bool uniform = shape.torch_default || shape.uniform > 0;
  const double bound = shape.uniform > 0 ? shape.uniform : 1 / std::sqrt(static_cast<double>(inputs * area));
  make(name + ".weight", {shape.out, inputs, shape.kernel, shape.kernel}, [&](at::Tensor& weight) {
    if (uniform) {
      weight.uniform_(-bound, bound, options_.generator);
    } else {
      weight.normal_(0, std::sqrt(2.0 / static_cast<double>(shape.out * area)), options_.generator);
    }
  });
  if (shape.bias) {
    make(name + ".bias", {shape.out}, [&](at::Tensor& bias) { bias.uniform_(-bound, bound, options_.generator); });
  }
  const int64_t padding = shape.padding < 0 ? shape.kernel / 2 : shape.padding;
  const auto side = [&](int64_t size) { return (size + 2 * padding - shape.kernel) / shape.stride + 1; };
  return at::zeros({x.size(0), shape.out, side(x.size(2)), side(x.size(3))}, x.options());
}

namespace {

Weights made(const Network& network, int64_t channels, int64_t image_size, int64_t classes, at::Generator generator) {
  Weights weights;
  PassOptions options;
  options.mode = Mode::init;
  options.generator = std::move(generator);
  Pass pass(weights, options);
  const at::Tensor features = network.features(pass, at::zeros({1, channels, image_size, image_size}));
  if (classes > 0) network.logits(pass, features, classes);
  return weights.channels_last();
}

}  // namespace

Weights initialise(const Network& network, int64_t channels, int64_t image_size, int64_t classes, uint64_t seed) {
  return made(network, channels, image_size, classes, at::make_generator<at::CPUGeneratorImpl>(seed));
}

Weights outline(const Network& network, int64_t channels, int64_t image_size, int64_t classes) {
  return made(network, channels, image_size, classes, {});
}

}  // namespace retort::nn
