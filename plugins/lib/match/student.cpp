#include "match/student.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/error.h"

namespace retort::match {

Student::Student(const nn::Network& network, const StudentShape& shape, const at::Device& device, at::ScalarType dtype)
    : network_(network), shape_(shape), device_(device), dtype_(dtype) {
  restart(0);
}

void Student::restart(uint64_t seed) {
  weights_ = nn::initialise(network_, shape_.channels, shape_.image_size, shape_.classes, seed).to(device_, dtype_);
  set_parameters(weights_.parameters());
  settled_ = false;
}

void Student::set_parameters(const std::vector<at::Tensor>& values) {
  parameters_.clear();
  for (const auto& value : values)
    parameters_.push_back(value.detach().to(device_, dtype_, false, /*copy=*/true).requires_grad_(true));
  weights_ = weights_.with_parameters(parameters_);
}

std::vector<std::string> Student::names() const {
  std::vector<std::string> names;
  for (const auto& each : weights_.all())
    if (!each.buffer) names.push_back(each.name);
  return names;
}

nn::PassOptions Student::options() const {
  nn::PassOptions options;
  options.mode = settled_ ? nn::Mode::eval : nn::Mode::train;
  options.update_running = false;
  return options;
}

at::Tensor Student::logits(const std::vector<at::Tensor>& parameters, const at::Tensor& images) const {
  auto weights = weights_.with_parameters(parameters);
  nn::Pass pass(weights, options());
  return network_.logits(pass, network_.features(pass, images), shape_.classes);
}

std::vector<at::Tensor> Student::layers(const std::vector<std::string>& names, const at::Tensor& images) const {
  auto weights = weights_;
  auto with_taps = options();
  with_taps.tap_layers = true;
  nn::Pass pass(weights, with_taps);
  const auto features = network_.features(pass, images);
  std::vector<at::Tensor> result;
  for (const auto& name : names) {
    const auto tap =
        std::find_if(pass.layers.begin(), pass.layers.end(), [&](const auto& each) { return each.name == name; });
    if (tap == pass.layers.end() && name != "features") {
      std::string known;
      for (const auto& each : pass.layers) known += each.name + ", ";
      throw Error(ErrorKind::user, "the network has no layer \"" + name + "\"; it names: " + known + "features");
    }
    result.push_back(tap == pass.layers.end() ? features : tap->value);
  }
  return result;
}

void Student::settle(const at::Tensor& images) {
  at::NoGradGuard no_grad;
  nn::PassOptions train;
  train.mode = nn::Mode::train;
  nn::Pass pass(weights_, train);
  network_.features(pass, images);
  settled_ = true;
}

}  // namespace retort::match
