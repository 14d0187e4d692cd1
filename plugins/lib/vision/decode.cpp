#include "vision/decode.h"

#include <cstring>

#include "core/error.h"
#include "vision/decode_jpeg.h"
#include "vision/decode_png.h"

namespace retort::vision {
namespace {

Picture repeat_gray(const Picture& gray) {
  Picture colour(gray.width, gray.height, 3);
  for (size_t i = 0; i < gray.pixels.size(); ++i) std::memset(&colour.pixels[3 * i], gray.pixels[i], 3);
  return colour;
}

/// PIL's "L" in its 16-bit fixed point.
Picture to_gray(const Picture& colour) {
  Picture gray(colour.width, colour.height, 1);
  for (size_t i = 0; i < gray.pixels.size(); ++i) {
    const uint8_t* rgb = &colour.pixels[3 * i];
    gray.pixels[i] = static_cast<uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 0x8000) >> 16);
  }
  return gray;
}

}  // namespace

Picture decode_picture(std::string_view bytes, const std::string& name, int channels) {
  RETORT_CHECK(channels == 1 || channels == 3);
  const auto refuse = [&](const std::string& reason) {
    return Error(ErrorKind::data, "cannot decode " + name + ": " + reason);
  };
  Picture picture;
  std::string reason;
  if (bytes.starts_with("\xff\xd8\xff")) {
    reason = decode_jpeg(bytes, picture);
  } else if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    reason = decode_png(bytes, picture);
  } else {
    reason = bytes.empty() ? "the file is empty" : "neither JPEG nor PNG";
  }
  if (!reason.empty()) throw refuse(reason);
  if (picture.channels == channels) return picture;
  return channels == 3 ? repeat_gray(picture) : to_gray(picture);
}

}  // namespace retort::vision
