#pragma once
// Which images of `recover` share a batch: statistics are matched over a batch, so the layout is part of the problem
// (METHODS.md 6.2, "batch layout matters").
#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace retort::recover {

/// One group of images that are recovered together.
struct Batch {
  std::vector<int64_t> labels;
  std::vector<int64_t> ordinals;  ///< the how-manieth of its class each image is
};

/// Batches of at most `size` images, the largest first. one_image_a_class: consecutive classes, one image of each
/// (SRe2L, SC-DD); class_major: all images of a class, then the next class (G-VBSM); mixed: a random order.
std::vector<Batch> lay_out(const std::string& layout, int64_t classes, int64_t per_class, int64_t size,
                           at::Generator generator);

/// Consecutive batches of equal size that run in one forward.
struct Chunk {
  int64_t first = 0, groups = 1;
};

std::vector<Chunk> chunks_of(const std::vector<Batch>& batches, int64_t groups_at_once);

}  // namespace retort::recover
