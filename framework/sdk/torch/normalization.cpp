#include "sdk/torch/normalization.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>

#include "core/error.h"

namespace retort {
namespace {

/// METHODS.md 1.2. The second CIFAR-10 and CIFAR-100 constants differ from the first in how the spread was computed.
const std::array<Normalization, 8>& known() {
  static const std::array<Normalization, 8> all{{
      {"none", {0, 0, 0}, {1, 1, 1}},
      {"cifar-A", {0.4914, 0.4822, 0.4465}, {0.2023, 0.1994, 0.2010}},
      {"cifar-A'", {0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}},
      {"cifar-B", {0.5071, 0.4867, 0.4408}, {0.2675, 0.2565, 0.2761}},
      {"cifar-B'", {0.5071, 0.4866, 0.4409}, {0.2673, 0.2564, 0.2762}},
      {"tiny", {0.4802, 0.4481, 0.3975}, {0.2302, 0.2265, 0.2262}},
      {"tiny-B", {0.480, 0.448, 0.398}, {0.277, 0.269, 0.282}},
      {"in", {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
  }};
  return all;
}

/// [1,C,1,1], on the device of `like`.
at::Tensor per_channel(const std::vector<double>& values, const at::Tensor& like, at::ScalarType dtype) {
  return at::tensor(values, at::kDouble).to(like.device(), dtype).view({1, -1, 1, 1});
}

/// Arithmetic happens in float32 at least: half precision cannot hold 1/255 well.
at::ScalarType arithmetic(at::ScalarType dtype) { return dtype == at::kDouble ? at::kDouble : at::kFloat; }

void check_channels(const at::Tensor& images, const Normalization& constants) {
  if (images.dim() == 4 && images.size(1) == static_cast<int64_t>(constants.mean.size())) return;
  throw Error(ErrorKind::data, "normalisation \"" + constants.name + "\" has " + std::to_string(constants.mean.size()) +
                                   " channels, images have shape " + c10::str(images.sizes()));
}

}  // namespace

Normalization Normalization::named(const std::string& name) {
  for (const Normalization& each : known()) {
    if (each.name == name) return each;
  }
  std::string all;
  for (const std::string& each : names()) all += (all.empty() ? "" : ", ") + each;
  throw Error(ErrorKind::user, "unknown normalisation \"" + name + "\"; known: " + all);
}

std::vector<std::string> Normalization::names() {
  std::vector<std::string> all;
  for (const Normalization& each : known()) all.push_back(each.name);
  return all;
}

Normalization Normalization::from_json(const Json& json) {
  if (json.is_string()) return named(json.get<std::string>());
  Normalization result{json.value("name", "custom"), json.at("mean").get<std::vector<double>>(),
                       json.at("std").get<std::vector<double>>()};
  const bool positive = std::all_of(result.std.begin(), result.std.end(), [](double s) { return s > 0; });
  if (result.mean.size() == result.std.size() && positive) return result;
  throw Error(ErrorKind::data, "a normalisation needs one mean and one positive std a channel, got " + json.dump());
}

Json Normalization::json() const { return {{"name", name}, {"mean", mean}, {"std", std}}; }

at::Tensor Normalization::apply(const at::Tensor& pixels, at::ScalarType dtype) const {
  check_channels(pixels, *this);
  const at::ScalarType type = arithmetic(dtype);
  const bool bytes = pixels.scalar_type() == at::kByte;
  at::Tensor values = bytes ? pixels.to(type).div_(255) : pixels.to(type);
  return (values - per_channel(mean, pixels, type)).div_(per_channel(std, pixels, type)).to(dtype);
}

at::Tensor Normalization::invert(const at::Tensor& images) const {
  check_channels(images, *this);
  const at::ScalarType type = arithmetic(images.scalar_type());
  return images.to(type) * per_channel(std, images, type) + per_channel(mean, images, type);
}

void Normalization::clip_(at::Tensor& images) const {
  check_channels(images, *this);
  at::NoGradGuard guard;
  for (size_t c = 0; c < mean.size(); ++c) {
    images.select(1, static_cast<int64_t>(c)).clamp_(-mean[c] / std[c], (1 - mean[c]) / std[c]);
  }
}

}  // namespace retort
