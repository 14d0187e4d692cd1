#include "vision/augmentation.h"

#include <ATen/ATen.h>

#include "vision/draw.h"

namespace retort::vision {

std::vector<std::string> Augmentation::broken_properties() {
  std::vector<std::string> broken;
  auto data = make_generator(7);
  const auto images = at::randint(256, {16, 3, 32, 32}, data, at::kByte);
  const auto before = images.clone();
  auto first = make_generator(11), second = make_generator(11);
  const auto a = apply(images, first), b = apply(images, second);
  const int64_t side = size(32);
  if (a.scalar_type() != at::kFloat) broken.push_back("views are not float32");
  if (a.sizes() != at::IntArrayRef({16, 3, side, side}))
    broken.push_back("views have not the size that size() promises");
  if (a.min().item<double>() < 0 || a.max().item<double>() > 1) broken.push_back("values leave 0..1");
  if (!at::equal(a, b)) broken.push_back("the same generator state gives other views");
  if (!at::equal(images, before)) broken.push_back("the images given were changed");
  if (count() < 1) broken.push_back("count() is less than one");
  return broken;
}

}  // namespace retort::vision
