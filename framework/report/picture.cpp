#include "report/picture.h"

#include <openssl/evp.h>
#include <png.h>

#include <algorithm>

#include "core/error.h"

namespace retort {

Picture shrunk(const Picture& picture, uint32_t side) {
  const uint32_t step = (std::max(picture.width, picture.height) + side - 1) / side;
  if (step <= 1) return picture;
  Picture small{picture.width / step, picture.height / step, picture.channels, {}};
  if (small.width == 0 || small.height == 0) return picture;
  small.pixels.reserve(size_t{small.width} * small.height * small.channels);
  for (uint32_t y = 0; y < small.height; ++y)
    for (uint32_t x = 0; x < small.width; ++x)
      for (uint32_t c = 0; c < small.channels; ++c) {
        uint64_t sum = 0;
        for (uint32_t dy = 0; dy < step; ++dy)
          for (uint32_t dx = 0; dx < step; ++dx)
            sum +=
                picture
                    .pixels[((size_t{y} * step + dy) * picture.width + size_t{x} * step + dx) * picture.channels + c];
        small.pixels.push_back(static_cast<uint8_t>(sum / (uint64_t{step} * step)));
      }
  return small;
}

Picture in_a_row(const std::vector<Picture>& pictures, uint32_t gap, uint8_t fill) {
  if (pictures.empty()) return {};
  const Picture& first = pictures[0];
  const auto count = static_cast<uint32_t>(pictures.size());
  Picture row{count * first.width + (count - 1) * gap, first.height, first.channels, {}};
  row.pixels.assign(size_t{row.width} * row.height * row.channels, fill);
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t y = 0; y < first.height; ++y)
      std::copy_n(pictures[i].pixels.begin() + static_cast<long>(size_t{y} * first.width * first.channels),
                  size_t{first.width} * first.channels,
                  row.pixels.begin() +
                      static_cast<long>((size_t{y} * row.width + size_t{i} * (first.width + gap)) * row.channels));
  return row;
}

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::string png_url(const Picture& picture) {
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  info.width = picture.width;
  info.height = picture.height;
  info.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string bytes;
  if (png_image_write_to_memory(&info, nullptr, &size, 0, picture.pixels.data(), 0, nullptr)) bytes.resize(size);
  if (bytes.empty() || !png_image_write_to_memory(&info, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr))
    throw Error(ErrorKind::internal, std::string("cannot encode a PNG: ") + info.message);
  bytes.resize(size);
  return "data:image/png;base64," + base64(bytes);
}

}  // namespace retort
