#pragma once
// JPEG and PNG files to pixels, byte for byte as PIL's Image.open(file).convert("RGB") has them: accurate integer DCT,
// smooth chroma upsampling, no colour profile, no EXIF rotation, transparency dropped.
#include <cstdint>
#include <string>
#include <string_view>

#include "vision/picture.h"

namespace retort::vision {

inline constexpr int64_t kMaxPicturePixels = int64_t{64}
                                             << 20;  ///< larger ones are refused: a few bytes can claim any size

/// Decodes by content, not by name, to `channels` = 3 (gray is repeated) or 1 (colours by PIL's "L": 0.299 R + 0.587 G
/// + 0.114 B). Throws Error(data) with `name` and the reason for bytes that are neither format, damaged, truncated or
/// too large. Thread-safe.
Picture decode_picture(std::string_view bytes, const std::string& name, int channels = 3);

}  // namespace retort::vision
