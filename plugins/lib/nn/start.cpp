#include "nn/start.h"

#include <ATen/ATen.h>

#include <cmath>

namespace retort::nn {
namespace {

double area(const at::Tensor& weight) { return static_cast<double>(weight.size(2) * weight.size(3)); }

Start kaiming(int64_t dimension) {
  return [dimension](at::Tensor& weight, at::Generator& random) {
    weight.normal_(0, std::sqrt(2.0 / (static_cast<double>(weight.size(dimension)) * area(weight))), random);
  };
}

}  // namespace

Start normal(double deviation) {
  return [deviation](at::Tensor& weight, at::Generator& random) { weight.normal_(0, deviation, random); };
}

Start uniform_by_outputs() {
  return [](at::Tensor& weight, at::Generator& random) {
    const double bound = 1 / std::sqrt(static_cast<double>(weight.size(0)));
    weight.uniform_(-bound, bound, random);
  };
}

Start kaiming_fan_in() { return kaiming(1); }
Start kaiming_fan_out() { return kaiming(0); }

void begin(Pass& pass, const std::string& name, at::IntArrayRef shape, const Start& start, bool bias) {
  if (pass.mode() != Mode::init) return;
  pass.parameter(name + ".weight", shape, start);
  if (bias) pass.parameter(name + ".bias", {shape[0]}, [](at::Tensor& zeros, at::Generator&) { zeros.zero_(); });
}

}  // namespace retort::nn
