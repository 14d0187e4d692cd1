#include "vision/decode_png.h"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "vision/decode.h"

namespace retort::vision {
namespace {

struct Source {
  const char* next;
  size_t left;
  char text[256];  ///< the reason, once there is one
};

void give(png_structp png, png_bytep to, png_size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "the file ends too early");
  std::memcpy(to, source->next, count);
  source->next += count;
  source->left -= count;
}

[[noreturn]] void give_up(png_structp png, png_const_charp text) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::snprintf(source->text, sizeof source->text, "%s", text);
  std::longjmp(*png_set_longjmp_fn(png, std::longjmp, sizeof(std::jmp_buf)), 1);
}

void ignore(png_structp, png_const_charp) {}

/// Everything that may jump; holds nothing that has a destructor.
bool read_rows(png_structp png, png_infop info, Source& source, Picture& picture, std::vector<png_bytep>& rows) {
  if (setjmp(*png_set_longjmp_fn(png, std::longjmp, sizeof(std::jmp_buf))) != 0) return false;
  png_set_read_fn(png, &source, give);
  // Texts and colour profiles are compressed, and say nothing about pixels: a small file could unpack to gigabytes.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, info);
  const png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (int64_t{width} * height > kMaxPicturePixels) {
    std::snprintf(source.text, sizeof source.text, "%u x %u pixels are more than 64 megapixels", width, height);
    return false;
  }
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture = Picture(static_cast<int>(width), static_cast<int>(height), png_get_channels(png, info));
  rows.resize(height);
  for (png_uint_32 y = 0; y < height; ++y) rows[y] = picture.row(static_cast<int>(y));
  png_read_image(png, rows.data());
  return true;
}

}  // namespace

std::string decode_png(std::string_view bytes, Picture& picture) {
  Source source = {bytes.data(), bytes.size(), "out of memory"};
  std::vector<png_bytep> rows;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, give_up, ignore);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  const bool done = info && read_rows(png, info, source, picture, rows);
  png_destroy_read_struct(&png, &info, nullptr);
  return done ? "" : source.text;
}

}  // namespace retort::vision
