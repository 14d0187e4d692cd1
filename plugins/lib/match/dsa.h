#pragma once
// Differentiable siamese augmentation (DSA, METHODS.md 1.4): small random changes of normalised images that gradients
// pass through. What is drawn is a record apart from applying it, so that real and synthetic images of a class get the
// same change (siamese), and a step can be repeated exactly.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/declare.h"

namespace retort::match {

enum class DsaOperation { color, crop, cutout, flip, scale, rotate };

/// One draw: for all images of a batch (one row), or a row an image.
struct DsaDraw {
  std::vector<DsaOperation> operations;  ///< in the order they are applied
  at::Tensor uniform;                    ///< float32 [1 or N, 11] of U(0,1), on the CPU; each operation has its columns
};

class Dsa {
 public:
  Dsa() = default;  ///< off: draws nothing, changes nothing
  /// `strategy` joins operations by "_"; throws Error(user) naming an unknown one. Applies one of them, picked at
  /// random for each draw, or `all` in order.
  Dsa(const std::string& strategy, bool all, bool align_corners);

  bool on() const { return !operations_.empty(); }
  /// count 1: the same change for every image. Takes the same number of draws whatever operation is picked.
  DsaDraw draw(int64_t count, at::Generator& random) const;
  /// floating [N,C,H,W], normalised. Differentiable; what leaves the picture is zero.
  at::Tensor apply(const at::Tensor& images, const DsaDraw& draw) const;

 private:
  std::vector<DsaOperation> operations_;
  bool all_ = false;
  bool align_corners_ = true;
};

/// The parameters of nodes that augment this way.
struct DsaParams {
  std::string augment = "none";
  std::string strategy = "color_crop_cutout_flip_scale_rotate";
  bool all = false;
  bool align_corners = true;

  void declare(Declare& d);
  Dsa make() const;
};

}  // namespace retort::match
