#include "vision/decode_jpeg.h"

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs size_t and FILE declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include "vision/decode.h"

namespace retort::vision {
namespace {

// A few bytes of a progressive file make one more pass over all its pixels. Real files have about ten, and browsers
// give up after a hundred.
constexpr int kMostScans = 100;
constexpr int64_t kMostScannedPixels = 20 * kMaxPicturePixels;

struct Errors {
  jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  std::jmp_buf leave;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void give_up(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  errors->base.format_message(info, errors->text);
  std::longjmp(errors->leave, 1);
}

/// libjpeg fills a truncated file up with gray and warns; here it is an error. Other warnings are harmless leftovers of
/// cameras and editors, which PIL ignores too.
void note(j_common_ptr info, int level) {
  if (level >= 0 || info->err->msg_code != JWRN_JPEG_EOF) return;
  std::snprintf(reinterpret_cast<Errors*>(info->err)->text, JMSG_LENGTH_MAX, "the file ends too early");
  std::longjmp(reinterpret_cast<Errors*>(info->err)->leave, 1);
}

/// Called as the file is read.
void count_scans(j_common_ptr info) {
  const auto* picture = reinterpret_cast<j_decompress_ptr>(info);
  const int scans = picture->input_scan_number;
  const int64_t pixels = int64_t{picture->image_width} * picture->image_height;
  if (scans <= kMostScans && scans * pixels <= kMostScannedPixels) return;
  auto* errors = reinterpret_cast<Errors*>(info->err);
  std::snprintf(errors->text, JMSG_LENGTH_MAX, "it is drawn in more than %d scans", scans - 1);
  std::longjmp(errors->leave, 1);
}

/// a·b / 255, rounded, as PIL computes it.
int scaled(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Adobe's convention, which PIL assumes: stored values are inverted ink.
void cmyk_to_rgb(const uint8_t* cmyk, uint8_t* rgb, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int white = cmyk[3];
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(white - scaled(255 - cmyk[c], white));
  }
}

/// Everything that may jump; holds nothing that has a destructor.
bool read_rows(jpeg_decompress_struct& info, jpeg_progress_mgr& progress, Errors& errors, std::string_view bytes,
               Picture& picture, std::vector<uint8_t>& ink) {
  if (setjmp(errors.leave) != 0) return false;
  jpeg_create_decompress(&info);
  progress.progress_monitor = count_scans;
  info.progress = &progress;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  if (int64_t{info.image_width} * info.image_height > kMaxPicturePixels) {
    std::snprintf(errors.text, JMSG_LENGTH_MAX, "%u x %u pixels are more than 64 megapixels", info.image_width,
                  info.image_height);
    return false;
  }
  const bool has_ink = info.num_components == 4;
  const bool is_gray = info.num_components == 1;
  info.out_color_space = has_ink ? JCS_CMYK : is_gray ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  picture = Picture(static_cast<int>(info.output_width), static_cast<int>(info.output_height), is_gray ? 1 : 3);
  if (has_ink) ink.resize(size_t{info.output_width} * 4);
  while (info.output_scanline < info.output_height) {
    const int y = static_cast<int>(info.output_scanline);
    JSAMPROW row = has_ink ? ink.data() : picture.row(y);
    jpeg_read_scanlines(&info, &row, 1);
    if (has_ink) cmyk_to_rgb(ink.data(), picture.row(y), picture.width);
  }
  return true;
}

}  // namespace

std::string decode_jpeg(std::string_view bytes, Picture& picture) {
  Errors errors = {};
  jpeg_decompress_struct info = {};
  jpeg_progress_mgr progress = {};
  std::vector<uint8_t> ink;
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = give_up;
  errors.base.emit_message = note;
  const bool done = read_rows(info, progress, errors, bytes, picture, ink);
  jpeg_destroy_decompress(&info);
  return done ? "" : errors.text;
}

}  // namespace retort::vision
