#pragma once
// One image of 8 bits a channel as rows of interleaved pixels: what decoders write and `resize` reads. Free of
// libtorch, so that loader threads and small programs can use it.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace retort::vision {

struct Picture {
  int width = 0, height = 0;
  int channels = 3;             ///< 3: RGB, 1: gray
  std::vector<uint8_t> pixels;  ///< [height][width][channels], top row first

  Picture() = default;
  Picture(int w, int h, int c) : width(w), height(h), channels(c), pixels(size_t(w) * size_t(h) * size_t(c)) {}
  size_t row_bytes() const { return size_t(width) * size_t(channels); }
  const uint8_t* row(int y) const { return pixels.data() + size_t(y) * row_bytes(); }
  uint8_t* row(int y) { return pixels.data() + size_t(y) * row_bytes(); }
  bool operator==(const Picture&) const = default;
};

}  // namespace retort::vision
