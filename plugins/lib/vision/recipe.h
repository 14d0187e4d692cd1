#pragma once
// A chain of random image operations as plain numbers: crop, flip, jitter, gray, blur, solarize, in that order (SSL.md
// 2.7, 2.8). One recipe makes one view; everything is drawn per image.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "core/declare.h"
#include "vision/colour.h"
#include "vision/crop.h"

namespace retort::vision {

struct Recipe {
  std::string crop = "none";  ///< none, padded (random window of the padded image), resized (random resized crop)
  int64_t padding = 4;
  CropRange range;
  bool antialias = true;
  double flip = 0;  ///< probabilities, per image
  double jitter = 0;
  Jitter strength;
  double gray = 0;
  double blur = 0;
  double blur_low = 0.1, blur_high = 2;
  double solarize = 0;

  /// Presets by name, with the row of SSL.md 2.8 or METHODS.md 1.4 they come from. Throws Error(user) naming the known
  /// ones.
  static Recipe preset(const std::string& name);
  static std::vector<std::string> presets();

  /// images: uint8 or floating 0..1 [N,3,H,W], on any device → float32 pixels in 0..1 of `size` × `size`. A size other
  /// than the images' needs crop "resized".
  at::Tensor operator()(const at::Tensor& images, int64_t size, at::Generator& random) const;

  /// Crop "resized" of pictures that have sizes of their own (int64 [N] each): where to cut, and which to mirror, drawn
  /// as above.
  struct Crops {
    at::Tensor boxes, flips;  ///< int64 [N,4], bool [N], on the CPU
  };
  Crops draw_crops(const at::Tensor& heights, const at::Tensor& widths, at::Generator& random) const;
  /// The view from what was cut and resized that way: uint8 [N,3,S,S], `random` as `draw_crops` left it.
  at::Tensor finish(const at::Tensor& cut, const at::Tensor& flips, at::Generator& random) const;

 private:
  at::Tensor colour(at::Tensor pixels, at::Generator& random) const;
};

/// A preset and what the graph changes of it: bound to parameters of a plugin.
struct RecipeParams {
  std::string preset = "none";
  std::optional<std::string> crop;
  std::optional<int64_t> padding;
  std::vector<double> scale, ratio, jitter_strength;  ///< empty: the preset's
  bool antialias = true;
  std::optional<double> flip, jitter, gray, blur, solarize;
  std::vector<double> blur_sigma;

  void declare(Declare& d);
  /// Throws Error(user) if a list has the wrong length or a range is upside down.
  Recipe recipe() const;
};

}  // namespace retort::vision
