#pragma once
// JPEG and PNG. Images are uint8 [C,H,W] tensors on the CPU, C = 1 or 3. A JPEG written here has the quality tables and
// 4:2:0 chroma of PIL's default, so that what a student reads is what the published pipelines stored (METHODS.md 1.10).
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace retort::vision {

std::string encode_jpeg(const at::Tensor& image, int quality = 75);
std::string encode_png(const at::Tensor& image);

/// decode_picture (decode.h) as a tensor: [3,H,W], or [1,H,W] with `gray`.
at::Tensor decode_image(std::string_view bytes, const std::string& name, bool gray = false);

/// What is left of uint8 [N,C,H,W] images after `codec` ("none", "png", "jpeg"): encoded and decoded, image by image.
at::Tensor through_codec(const at::Tensor& images, const std::string& codec, int quality = 75);

/// Images [N,C,H,W] side by side in rows of `columns` with a gap of two pixels, enlarged `zoom` times without
/// smoothing.
at::Tensor contact_sheet(const at::Tensor& images, int64_t columns, int64_t zoom = 1);

}  // namespace retort::vision
