#pragma once
// Resizing and cropping whole pictures, bit for bit as PIL's Image.resize and torchvision's Resize and CenterCrop do.
// (PIL 13 takes the height first where it shrinks much more than the width, and differs there by at most 1; earlier
// ones and this always take the width first.) For batches of tensors on a device see crop.h.
#include "vision/picture.h"

namespace retort::vision {

enum class Filter { bilinear, bicubic };

/// Separable, antialiased (the filter widens when shrinking) unless it is not to be, half-pixel centres; each pass
/// rounds to 8 bits with 22 bits of fraction in its weights. Sizes are at least 1. The same size gives a copy.
Picture resize(const Picture& picture, int width, int height, Filter filter, bool antialias = true);

/// The shorter side becomes `side`; the longer one keeps the ratio, rounded down.
Picture resize_shorter(const Picture& picture, int side, Filter filter);

/// The part that begins at (top, left), which lies within the picture.
Picture cut_out(const Picture& picture, int top, int left, int height, int width);

/// The middle `width` × `height`, an odd margin split as Python's round does; black where the picture is smaller.
Picture center_crop(const Picture& picture, int width, int height);

}  // namespace retort::vision
