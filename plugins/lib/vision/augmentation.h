#pragma once
// The component kind `augmentation`: random views of images. The plugin `standard` is Recipe (recipe.h) with
// parameters; others may do what they like with the pixels.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <optional>

#include "sdk/component.h"
#include "vision/recipe.h"

namespace retort::vision {

class RETORT_API Augmentation : public Plugin {
 public:
  static constexpr const char* kKind = "augmentation";
  /// images: uint8 or floating 0..1 [N,3,H,W] → float32 pixels in 0..1 [N,3,S,S]. All randomness comes from `random`.
  virtual at::Tensor apply(const at::Tensor& images, at::Generator& random) const = 0;
  /// S for images of this side.
  virtual int64_t size(int64_t image_size) const { return image_size; }
  /// How many views of this kind a self-supervised step takes.
  virtual int64_t count() const { return 1; }
  /// The operations as numbers, where it is such a chain: what a replay of soft labels can write down.
  virtual std::optional<Recipe> recipe() const { return std::nullopt; }

  /// Values in 0..1, the promised size, the same draws for the same generator, the input unchanged.
  std::vector<std::string> broken_properties() override;
};

}  // namespace retort::vision
