#pragma once
// Where a crop lies, and cutting it out. Crop, flip and resize of a whole batch are two batched matrix products with a
// matrix of interpolation weights per image and axis: exact bilinear interpolation with half-pixel centres, with or
// without antialiasing, on any device, differentiable in the images.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::vision {

struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;
};

/// Shares of the image's area and the aspect ratios (width / height) a random resized crop is drawn from.
struct CropRange {
  double scale_low = 0.08, scale_high = 1;
  double ratio_low = 3.0 / 4, ratio_high = 4.0 / 3;
};

/// One box by torchvision's rule: ten attempts of area = H·W·U(scale) and aspect ratio exp(U(ln ratio)); the first that
/// fits gets a uniform offset; else the largest centred box whose ratio is in range (METHODS.md 1.4). Always takes the
/// same number of draws.
Box draw_crop_box(int64_t height, int64_t width, const CropRange& range, at::Generator& random);
/// One box an image: int64 [count,4] (top, left, height, width), on the CPU.
at::Tensor draw_crop_boxes(int64_t count, int64_t height, int64_t width, const CropRange& range, at::Generator& random);
/// The same box for all: one-draw-per-batch views (recover's).
at::Tensor same_box(int64_t count, const Box& box);

/// Cuts box i out of image i, mirrors it where flip[i], and resizes it to size × size, bilinear. images: floating
/// [N,C,H,W]; boxes: [N,4]; flips: bool [N] or undefined; both may lie on the CPU. With `antialias` the filter widens
/// when a box is larger than the result (torchvision from 0.17, and PIL always); for enlargements it makes no
/// difference.
at::Tensor resized_crop(const at::Tensor& images, const at::Tensor& boxes, const at::Tensor& flips, int64_t size,
                        bool antialias);

/// Pads by `padding` zeros (black, if images are pixels) on each side and cuts a window of the old size at a uniform
/// offset, then mirrors where flips[i]. Any dtype, [N,C,H,W]; offsets: int64 [N,2] in [0, 2·padding] from draw_offsets.
at::Tensor padded_crop(const at::Tensor& images, const at::Tensor& offsets, const at::Tensor& flips, int64_t padding);
at::Tensor draw_offsets(int64_t count, int64_t padding, at::Generator& random);

/// Mirrors image i where flips[i]: bool [N].
at::Tensor flip_where(const at::Tensor& images, const at::Tensor& flips);

}  // namespace retort::vision
