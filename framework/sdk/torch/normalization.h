#pragma once
// The constants a network's inputs are normalised with, by name (METHODS.md 1.2), and the step between pixels and them.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

struct Normalization {
  std::string name = "none";                        ///< "cifar-A", "cifar-B", "tiny", "in", "none", "custom"
  std::vector<double> mean{0, 0, 0}, std{1, 1, 1};  ///< per channel, of values in 0..1

  /// Throws Error(user) naming the known ones.
  static Normalization named(const std::string& name);
  static std::vector<std::string> names();
  static Normalization from_json(const Json& json);
  Json json() const;
  bool operator==(const Normalization& other) const { return mean == other.mean && std == other.std; }

  /// uint8 [N,C,H,W] (0..255) or floating pixels (0..1) → normalised, of `dtype`.
  at::Tensor apply(const at::Tensor& pixels, at::ScalarType dtype = at::kFloat) const;
  /// Normalised → floating pixels in 0..1, not clamped.
  at::Tensor invert(const at::Tensor& images) const;
  /// In place: clamps to what pixels of 0..1 can be, per channel (METHODS.md 1.2, "clip").
  void clip_(at::Tensor& images) const;
};

}  // namespace retort
