// Decodes every picture of a folder or archive, applies one operation, and writes the pixels to standard output for
// decode_test.py:
//   picture_dump ROOT decode | gray | resize W H bilinear|bicubic | crop SHORTER SIDE bilinear|bicubic
// For each file, by name: "NAME\n", "WIDTH HEIGHT CHANNELS\n", the pixels. A file that fails: "NAME\n", "error TEXT\n".
// With `time` in place of an operation, seconds for decoding, and for resizing to 256 and cropping to 224.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "core/file_tree.h"
#include "vision/decode.h"
#include "vision/resize.h"

namespace {

using namespace retort::vision;

Picture apply(const Picture& picture, int count, char** words) {
  const std::string what = words[2];
  if (what == "decode" || what == "gray") return picture;
  if (count < 6) throw retort::Error(retort::ErrorKind::user, "picture_dump: too few arguments");
  const int a = std::atoi(words[3]), b = std::atoi(words[4]);
  const Filter filter = std::string(words[5]) == "bicubic" ? Filter::bicubic : Filter::bilinear;
  if (what == "resize") return resize(picture, a, b, filter);
  return center_crop(resize_shorter(picture, a, filter), b, b);
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void print_times(const retort::FileTree& tree) {
  double decoding = 0, resizing = 0;
  for (const std::string& file : tree.files()) {
    const std::string bytes = tree.read(file);
    const double start = seconds();
    const Picture picture = decode_picture(bytes, file);
    const double middle = seconds();
    center_crop(resize_shorter(picture, 256, Filter::bilinear), 224, 224);
    decoding += middle - start;
    resizing += seconds() - middle;
  }
  std::printf("%zu pictures: decode %.3f s, resize and crop %.3f s\n", tree.files().size(), decoding, resizing);
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 2;
  const retort::FileTree tree(words[1]);
  const std::string what = words[2];
  if (what == "time") return print_times(tree), 0;
  for (const std::string& file : tree.files()) {
    const size_t dot = file.rfind('.');
    if (dot == std::string::npos || file.substr(dot) == ".txt") continue;
    try {
      const Picture picture = apply(decode_picture(tree.read(file), file, what == "gray" ? 1 : 3), count, words);
      std::printf("%s\n%d %d %d\n", file.c_str(), picture.width, picture.height, picture.channels);
      std::fwrite(picture.pixels.data(), 1, picture.pixels.size(), stdout);
    } catch (const retort::Error& error) {
      std::printf("%s\nerror %s\n", file.c_str(), error.what());
    }
  }
}
