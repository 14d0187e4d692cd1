#pragma once
// The space that stored images are in. It is a fact of the kind `images` that its writer states and every reader goes
// through: "pixels" (uint8, or floating 0..1), "normalized" (float32, by the meta's constants) or "zca" (whitened
// float32, with the matrix in zca.safetensors; MTT, METHODS.md 3.5). read_images (sdk/torch/tensor_file.h) brings
// whitened images back to pixels; a method that goes on in the space of its images uses SpacedImages.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "sdk/artifact.h"
#include "sdk/torch/normalization.h"
#include "sdk/torch/tensor_file.h"

namespace retort {

/// "pixels", "normalized" or "zca": what an artifact of images says of itself; a data set that says nothing holds
/// pixels. Throws Error(data) for `images` that say nothing, or what is none of these.
std::string space_name(const Artifact& artifact);

/// The pixels of a set, whatever space it is in: uint8, or floating around 0..1, not clamped.
at::Tensor pixels_of(const LabelledImages& images);
/// uint8 [N,C,H,W]: floating ones clamped to 0..1 and rounded.
at::Tensor pixel_bytes(const LabelledImages& images);

/// A space in which images are learned: normalised, or whitened.
class Space {
 public:
  explicit Space(Normalization constants) : constants_(std::move(constants)) {}
  /// ZCA of all pixels (0..1, flattened) of these images as kornia does it: U (S + eps)^(-1/2) Uᵀ of the unbiased
  /// covariance.
  static Space zca(const LabelledImages& data, double eps = 0.1);
  /// "normalized" or "zca" of a data set.
  static Space named(const std::string& name, const LabelledImages& data);
  /// Of an artifact whose meta has "space" and "normalization" and that holds zca.safetensors if it is "zca"; that of
  /// pixels is their normalisation. Throws Error(data) if it says no space, or lacks a matrix of its images' size.
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

/// Images in the space they are learned in.
struct SpacedImages {
  at::Tensor values;  ///< float32 [N,C,H,W], in `space`
  at::Tensor labels;  ///< int64 [N]
  std::vector<std::string> classes;
  Space space;

  /// An `images` artifact; pixels are normalised with their constants.
  static SpacedImages read(const Artifact& artifact);
  /// As an `images` artifact that says its space and holds what undoes it; `more` is merged into the meta.
  void write(Output& output, const Json& more = Json::object()) const;
};

}  // namespace retort
