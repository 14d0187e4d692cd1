#include "vision/codec.h"

#include <ATen/ATen.h>
#include <jpeglib.h>
#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/error.h"
#include "vision/decode.h"

namespace retort::vision {
namespace {

/// libjpeg reports through callbacks that must not return: the message is kept and control jumps back.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf back;
  char text[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->text);
  std::longjmp(errors->back, 1);
}

jpeg_error_mgr* install(JpegErrors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leave;
  return &errors.manager;
}

void check_image(const at::Tensor& image) {
  RETORT_CHECK(image.dim() == 3 && image.scalar_type() == at::kByte && image.device().is_cpu());
  RETORT_CHECK(image.size(0) == 1 || image.size(0) == 3);
}

/// Rows of interleaved samples, as codecs want them.
at::Tensor interleaved(const at::Tensor& image) { return image.permute({1, 2, 0}).contiguous(); }

/// Plain C only: nothing with a destructor may live in a frame that longjmp crosses. True on success.
bool compress(JpegErrors& errors, const unsigned char* pixels, int width, int height, int channels, int quality,
              unsigned char** bytes, unsigned long* size) {
  jpeg_compress_struct info{};
  info.err = install(errors);
  if (setjmp(errors.back)) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, bytes, size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);  // 4:2:0 for RGB
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<unsigned char*>(pixels) + static_cast<size_t>(info.next_scanline) * width * channels;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

std::string encode_jpeg(const at::Tensor& image, int quality) {
  check_image(image);
  const auto pixels = interleaved(image);
  JpegErrors errors;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool done = compress(errors, pixels.const_data_ptr<uint8_t>(), static_cast<int>(image.size(2)),
                             static_cast<int>(image.size(1)), static_cast<int>(image.size(0)), quality, &bytes, &size);
  const std::unique_ptr<unsigned char, void (*)(void*)> freed(bytes, std::free);
  if (!done) throw Error(ErrorKind::internal, std::string("cannot encode a JPEG: ") + errors.text);
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string encode_png(const at::Tensor& image) {
  check_image(image);
  const auto pixels = interleaved(image);
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  info.width = static_cast<png_uint_32>(image.size(2));
  info.height = static_cast<png_uint_32>(image.size(1));
  info.format = image.size(0) == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(info), '\0');
  png_alloc_size_t size = bytes.size();
  if (!png_image_write_to_memory(&info, bytes.data(), &size, 0, pixels.const_data_ptr(), 0, nullptr))
    throw Error(ErrorKind::internal, std::string("cannot encode a PNG: ") + info.message);
  bytes.resize(size);
  return bytes;
}

at::Tensor decode_image(std::string_view bytes, const std::string& name, bool gray) {
  auto picture = decode_picture(bytes, name, gray ? 1 : 3);
  const auto pixels =
      at::from_blob(picture.pixels.data(), {picture.height, picture.width, picture.channels}, at::kByte);
  return pixels.permute({2, 0, 1}).clone(at::MemoryFormat::Contiguous);
}

at::Tensor through_codec(const at::Tensor& images, const std::string& codec, int quality) {
  if (codec == "none" || codec == "png") return images;  // PNG is lossless
  if (codec != "jpeg") throw Error(ErrorKind::user, "no codec \"" + codec + "\" (there are: none, png, jpeg)");
  auto out = at::empty_like(images, at::TensorOptions().device(at::kCPU));
  const auto source = images.cpu();
  for (int64_t i = 0; i < images.size(0); ++i)
    out[i].copy_(decode_image(encode_jpeg(source[i], quality), "image " + std::to_string(i), images.size(1) == 1));
  return out.to(images.device());
}

at::Tensor contact_sheet(const at::Tensor& images, int64_t columns, int64_t zoom) {
  constexpr int64_t kGap = 2;
  const int64_t n = images.size(0), side_h = images.size(2) * zoom, side_w = images.size(3) * zoom;
  const int64_t across = std::min(columns, n), down = (n + columns - 1) / columns;
  auto sheet =
      at::full({images.size(1), down * (side_h + kGap) - kGap, across * (side_w + kGap) - kGap}, 255, at::kByte);
  const auto large = images.cpu().repeat_interleave(zoom, 2).repeat_interleave(zoom, 3);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t top = i / columns * (side_h + kGap), left = i % columns * (side_w + kGap);
    sheet.narrow(1, top, side_h).narrow(2, left, side_w).copy_(large[i]);
  }
  return sheet;
}

}  // namespace retort::vision
