#pragma once
// Small pictures as the page shows them.
#include <cstdint>
#include <string>
#include <vector>

namespace retort {

/// Pixels side by side, row by row; 1 or 3 channels.
struct Picture {
  uint32_t width = 0, height = 0, channels = 3;
  std::vector<uint8_t> pixels;
};

/// A picture of at most `side` pixels in both directions: means over whole pixels, so that it is not interpolated.
Picture shrunk(const Picture& picture, uint32_t side);

/// Pictures of one size beside each other, `gap` pixels of `fill` between them.
Picture in_a_row(const std::vector<Picture>& pictures, uint32_t gap, uint8_t fill);

/// "data:image/png;base64,…". Throws Error(internal) if the encoder refuses.
std::string png_url(const Picture& picture);

std::string base64(const std::string& bytes);

}  // namespace retort
