#include "vision/colour.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor per_image(const at::Tensor& values, const at::Tensor& pixels) {
  return values.to(pixels.device(), pixels.scalar_type(), /*non_blocking=*/true).view({-1, 1, 1, 1});
}

/// a + factor (b - a), clamped: torchvision's blend of b with a.
at::Tensor blend(const at::Tensor& from, const at::Tensor& to, const at::Tensor& factor) {
  return at::lerp(from.expand_as(to), to, per_image(factor, to).expand_as(to)).clamp_(0, 1);
}

/// Replaces the images where `mask` (bool [N]) by operation(those images, their indices), in place. On a card the
/// operation sees all of them, and no indices: gathering, scattering and the copies they need take longer there.
template <class Operation>
void on_some_(at::Tensor& pixels, const at::Tensor& mask, Operation operation) {
  if (!pixels.is_cpu()) {
    const auto replaced = mask.to(pixels.device(), /*non_blocking=*/true).view({-1, 1, 1, 1});
    pixels = at::where(replaced, operation(pixels, at::Tensor()), pixels);
    return;
  }
  const auto chosen = mask.nonzero().view(-1);
  if (chosen.numel() == 0) return;
  pixels.index_copy_(0, chosen, operation(pixels.index_select(0, chosen), chosen));
}

at::Tensor of_some(const at::Tensor& values, const at::Tensor& index) {
  return index.defined() ? values.index_select(0, index) : values;
}

at::Tensor draw_factor(int64_t count, double strength, at::Generator& random) {
  return draw_uniform(count, std::max(0.0, 1 - strength), 1 + strength, random);
}

}  // namespace

at::Tensor gray(const at::Tensor& pixels) {
  return pixels.select(1, 0).mul(0.2989).add_(pixels.select(1, 1), 0.587).add_(pixels.select(1, 2), 0.114).unsqueeze(1);
}

at::Tensor brightness(const at::Tensor& pixels, const at::Tensor& factor) {
  return pixels.mul(per_image(factor, pixels)).clamp_(0, 1);
}

at::Tensor contrast(const at::Tensor& pixels, const at::Tensor& factor) {
  return blend(gray(pixels).mean({1, 2, 3}, true), pixels, factor);
}

at::Tensor saturation(const at::Tensor& pixels, const at::Tensor& factor) {
  return blend(gray(pixels), pixels, factor);
}

at::Tensor hue(const at::Tensor& pixels, const at::Tensor& shift) {
  const auto r = pixels.select(1, 0), g = pixels.select(1, 1), b = pixels.select(1, 2);
  const auto value = pixels.amax(1), chroma = value - pixels.amin(1);
  const auto divisor = chroma.clamp_min(1e-12);
  // Position on the hexagon, 0..6: which channel is largest decides the side, the other two the place on it.
  auto h = at::where(value.eq(r), (g - b).div_(divisor),
                     at::where(value.eq(g), (b - r).div_(divisor).add_(2), (r - g).div_(divisor).add_(4)));
  h = h + per_image(shift, pixels).view({-1, 1, 1}).mul(6);
  std::vector<at::Tensor> channels;
  for (double corner : {5.0, 3.0, 1.0}) {
    const auto k = (h + corner).remainder_(6);
    channels.push_back(value - chroma * at::minimum(k, 4 - k).clamp_(0, 1));
  }
  return at::stack(channels, 1).clamp_(0, 1);
}

at::Tensor solarize(const at::Tensor& pixels, double threshold) {
  return at::where(pixels.lt(threshold), pixels, 1 - pixels);
}

at::Tensor jitter(const at::Tensor& pixels, const Jitter& strength, double probability, at::Generator& random) {
  const int64_t n = pixels.size(0);
  const auto applied = draw_coins(n, probability, random);
  const auto order = at::rand({n, 4}, random, at::kFloat).argsort(int64_t{1}, false);
  at::Tensor factors[] = {draw_factor(n, strength.brightness, random), draw_factor(n, strength.contrast, random),
                          draw_factor(n, strength.saturation, random),
                          draw_uniform(n, -strength.hue, strength.hue, random)};
  at::Tensor (*const operations[])(const at::Tensor&, const at::Tensor&) = {brightness, contrast, saturation, hue};
  const bool used[] = {strength.brightness > 0, strength.contrast > 0, strength.saturation > 0, strength.hue > 0};
  const auto turns =
      order.t().unsqueeze(1).eq(at::arange(4).view({1, 4, 1})).logical_and_(applied);  // [place, which, N]
  const auto masks = turns.to(pixels.device(), /*non_blocking=*/true);
  for (auto& each : factors) each = each.to(pixels.device(), /*non_blocking=*/true);
  auto out = pixels.clone();
  for (int64_t place = 0; place < 4; ++place) {
    for (int64_t which = 0; which < 4; ++which) {
      if (!used[which]) continue;
      on_some_(out, masks[place][which], [&](const at::Tensor& some, const at::Tensor& index) {
        return operations[which](some, of_some(factors[which], index));
      });
    }
  }
  return out;
}

at::Tensor random_gray(const at::Tensor& pixels, double probability, at::Generator& random) {
  auto out = pixels.clone();
  on_some_(out, draw_coins(pixels.size(0), probability, random),
           [](const at::Tensor& some, const at::Tensor&) { return gray(some).expand_as(some); });
  return out;
}

at::Tensor random_solarize(const at::Tensor& pixels, double probability, at::Generator& random) {
  auto out = pixels.clone();
  on_some_(out, draw_coins(pixels.size(0), probability, random),
           [](const at::Tensor& some, const at::Tensor&) { return solarize(some); });
  return out;
}

at::Tensor gaussian_blur(const at::Tensor& pixels, const at::Tensor& sigma, int64_t radius) {
  const auto width = sigma.to(pixels.device(), pixels.scalar_type(), /*non_blocking=*/true).unsqueeze(1);
  auto taps = at::arange(-radius, radius + 1, pixels.options()).unsqueeze(0).div(width).square_().mul_(-0.5).exp_();
  taps.div_(taps.sum(1, true));
  auto out = pixels;
  for (int64_t axis : {3, 2}) {
    const auto padded = axis == 3 ? at::reflection_pad2d(out, {radius, radius, 0, 0})
                                  : at::reflection_pad2d(out, {0, 0, radius, radius});
    auto sum = at::zeros_like(out);
    for (int64_t k = 0; k <= 2 * radius; ++k)
      sum = sum.add_(padded.narrow(axis, k, out.size(axis)) * taps.select(1, k).view({-1, 1, 1, 1}));
    out = sum;
  }
  return out;
}

at::Tensor random_blur(const at::Tensor& pixels, double probability, double low, double high, at::Generator& random) {
  const int64_t n = pixels.size(0), radius = std::max<int64_t>(1, pixels.size(2) / 20);
  const auto mask = draw_coins(n, probability, random);
  const auto sigma = draw_uniform(n, low, high, random);
  auto out = pixels.clone();
  on_some_(out, mask, [&](const at::Tensor& some, const at::Tensor& index) {
    return gaussian_blur(some, of_some(sigma, index), radius).clamp_(0, 1);
  });
  return out;
}

}  // namespace retort::vision
