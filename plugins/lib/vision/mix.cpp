#include "vision/mix.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor partners(const at::Tensor& values, const Mix& mix) {
  return values.index_select(0, mix.partner.to(values.device(), /*non_blocking=*/true));
}

}  // namespace

Mix draw_mixup(int64_t count, double alpha, at::Generator& random) {
  Mix mix{Mix::mixup, {}, 1, {}};
  mix.share = draw_beta(alpha, random);
  mix.partner = draw_permutation(count, random);
  return mix;
}

Mix draw_cutmix(int64_t count, int64_t height, int64_t width, double alpha, at::Generator& random) {
  Mix mix{Mix::cutmix, {}, 1, {}};
  const double side = std::sqrt(1 - draw_beta(alpha, random));
  const auto half_h = static_cast<int64_t>(static_cast<double>(height) * side) / 2;
  const auto half_w = static_cast<int64_t>(static_cast<double>(width) * side) / 2;
  const auto y = static_cast<int64_t>(draw_one(random) * static_cast<double>(height));
  const auto x = static_cast<int64_t>(draw_one(random) * static_cast<double>(width));
  const int64_t top = std::max<int64_t>(y - half_h, 0), bottom = std::min(y + half_h, height);
  const int64_t left = std::max<int64_t>(x - half_w, 0), right = std::min(x + half_w, width);
  mix.box = {top, left, bottom - top, right - left};
  mix.share = 1 - static_cast<double>(mix.box.height * mix.box.width) / static_cast<double>(height * width);
  mix.partner = draw_permutation(count, random);
  return mix;
}

at::Tensor apply_mix(const at::Tensor& images, const Mix& mix) {
  if (mix.kind == Mix::none) return images;
  if (mix.kind == Mix::mixup) return at::lerp(partners(images, mix), images, mix.share);
  const auto part = [&](const at::Tensor& all) {
    return all.narrow(2, mix.box.top, mix.box.height).narrow(3, mix.box.left, mix.box.width);
  };
  auto out = images.clone();
  part(out).copy_(partners(part(images), mix));
  return out;
}

at::Tensor mix_targets(const at::Tensor& targets, const Mix& mix) {
  if (mix.kind == Mix::none) return targets;
  return at::lerp(partners(targets, mix), targets, mix.share);
}

}  // namespace retort::vision
