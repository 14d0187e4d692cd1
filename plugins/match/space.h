#pragma once
// The space images are distilled in: normalised with the data set's constants, or ZCA-whitened pixels (MTT,
// METHODS.md 3.5). An `images` artifact in ZCA space carries the matrix, so that test images can be brought there too.
#include <ATen/core/Tensor.h>

#include <string>

#include "sdk/artifact.h"
#include "sdk/torch/normalization.h"
#include "sdk/torch/tensor_file.h"

namespace retort::match {

class Space {
 public:
  explicit Space(Normalization constants) : constants_(std::move(constants)) {}
  /// ZCA of all pixels (0..1, flattened) of these images as kornia does it: U (S + eps)^(-1/2) Uᵀ of the unbiased
  /// covariance.
  static Space zca(const LabelledImages& data, double eps = 0.1);
  /// "normalized" or "zca" of a data set.
  static Space named(const std::string& name, const LabelledImages& data);
  /// Of an artifact whose meta has "space" and "normalization" and that holds zca.safetensors if it is "zca".
  static Space read(const Artifact& artifact);
  /// Writes zca.safetensors where there is one, and "space" and "normalization" into the meta.
  void write(Output& output) const;

  std::string name() const { return matrix_.defined() ? "zca" : "normalized"; }
  const Normalization& constants() const { return constants_; }  ///< "none" for ZCA
  bool operator==(const Space& other) const;
  Space to(const at::Device& device) const;  ///< keeps the matrix where the images are

  /// uint8 [N,C,H,W], or floating pixels in 0..1 → float32 in this space, on the same device.
  at::Tensor enter(const at::Tensor& pixels) const;
  /// The inverse: pixels around 0..1, not clamped.
  at::Tensor leave(const at::Tensor& images) const;

 private:
  Normalization constants_;
  at::Tensor mean_, matrix_;  ///< [D] and [D,D] with D = C·H·W; undefined without ZCA
};

}  // namespace retort::match
