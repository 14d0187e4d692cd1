// Colour operations against Python's colorsys and sums by hand.
#include "vision/colour.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor pixel(double r, double g, double b) { return at::tensor({r, g, b}, at::kDouble).view({1, 3, 1, 1}); }
at::Tensor one(double value) { return at::tensor({value}, at::kDouble); }

void expect_pixel(const at::Tensor& found, double r, double g, double b) {
  EXPECT_TRUE(at::allclose(found, pixel(r, g, b), 0, 1e-9)) << found.view({3});
}

TEST(Colour, HueIsColorsysHue) {
  expect_pixel(hue(pixel(1, 0, 0), one(1.0 / 3)), 0, 1, 0);
  expect_pixel(hue(pixel(0.2, 0.4, 0.6), one(0.25)), 0.6, 0.2, 0.6);
  expect_pixel(hue(pixel(0.9, 0.1, 0.4), one(-0.1)), 0.9, 0.1, 0.88);
  expect_pixel(hue(pixel(0.3, 0.8, 0.3), one(0.5)), 0.8, 0.3, 0.8);
  expect_pixel(hue(pixel(0.5, 0.5, 0.5), one(0.3)), 0.5, 0.5, 0.5);
}

TEST(Colour, BlendsAreTorchvisions) {
  expect_pixel(brightness(pixel(0.2, 0.5, 0.8), one(1.5)), 0.3, 0.75, 1);
  const double g = 0.2989 * 0.2 + 0.587 * 0.5 + 0.114 * 0.8;
  expect_pixel(saturation(pixel(0.2, 0.5, 0.8), one(0)), g, g, g);
  expect_pixel(saturation(pixel(0.2, 0.5, 0.8), one(2)), std::max(0.0, 2 * 0.2 - g), 2 * 0.5 - g, 1);
  const auto two = at::cat({pixel(0.2, 0.2, 0.2), pixel(0.6, 0.6, 0.6)}, 3);
  const double mean = 0.4 * (0.2989 + 0.587 + 0.114);
  const auto out = contrast(two, one(0.5));
  EXPECT_NEAR(out[0][0][0][0].item<double>(), 0.5 * 0.2 + 0.5 * mean, 1e-9);
  EXPECT_NEAR(out[0][2][0][1].item<double>(), 0.5 * 0.6 + 0.5 * mean, 1e-9);
  expect_pixel(solarize(pixel(0.2, 0.5, 0.8)), 0.2, 0.5, 0.2);
}

TEST(Colour, EachImageHasItsOwnStrength) {
  const auto images = at::cat({pixel(0.2, 0.2, 0.2), pixel(0.2, 0.2, 0.2)});
  const auto out = brightness(images, at::tensor({1.0, 2.0}, at::kDouble));
  EXPECT_NEAR(out[0][0][0][0].item<double>(), 0.2, 1e-12);
  EXPECT_NEAR(out[1][0][0][0].item<double>(), 0.4, 1e-12);
}

TEST(Colour, JitterIsOneOfTheTwentyFourOrdersForEachImage) {
  // Brightness that clamps and saturation that spreads do not commute, so the two orders of them can be told apart.
  auto random = make_generator(5);
  const auto images = at::tensor({0.9, 0.5, 0.1}, at::kFloat).view({1, 3, 1, 1}).expand({400, 3, 2, 2}).clone();
  const auto before = images.clone();
  const auto out = jitter(images, {.brightness = 0.8, .saturation = 0.8}, 1, random);
  EXPECT_TRUE(at::equal(images, before));
  // The same draws once more, to apply both orders by hand.
  auto again = make_generator(5);
  draw_coins(400, 1, again);
  at::rand({400, 4}, again, at::kFloat);
  const auto b = draw_uniform(400, 0.2, 1.8, again);
  draw_uniform(400, 1, 1, again);
  const auto s = draw_uniform(400, 0.2, 1.8, again);
  const auto close = [&](const at::Tensor& expected) { return (out - expected).abs().amax({1, 2, 3}).lt(1e-5); };
  const auto bs = close(saturation(brightness(images, b), s)), sb = close(brightness(saturation(images, s), b));
  EXPECT_TRUE(bs.logical_or(sb).all().item<bool>());
  const double only_bs = bs.logical_and(sb.logical_not()).sum().item<double>();
  const double only_sb = sb.logical_and(bs.logical_not()).sum().item<double>();
  ASSERT_GT(only_bs + only_sb, 100);
  EXPECT_NEAR(only_bs / (only_bs + only_sb), 0.5, 0.15);
}

TEST(Colour, ProbabilitiesAreShares) {
  auto random = make_generator(5);
  const auto images = at::tensor({0.9, 0.5, 0.1}, at::kFloat).view({1, 3, 1, 1}).expand({4000, 3, 1, 1});
  const auto grayed = random_gray(images, 0.2, random);
  const auto is_gray = grayed.select(1, 0).eq(grayed.select(1, 2)).to(at::kFloat).mean().item<double>();
  EXPECT_NEAR(is_gray, 0.2, 0.03);
  const auto changed =
      jitter(images, {.brightness = 0.4}, 0.8, random).ne(images).any(1).to(at::kFloat).mean().item<double>();
  EXPECT_NEAR(changed, 0.8, 0.03);
}

TEST(Colour, BlurIsTheGaussian) {
  auto spike = at::zeros({1, 3, 9, 9}, at::kDouble);
  spike.select(2, 4).select(2, 4).fill_(1);
  const auto out = gaussian_blur(spike, one(0.8), 2);
  const auto tap = [](double d) { return std::exp(-d * d / (2 * 0.64)); };
  const double sum = tap(0) + 2 * tap(1) + 2 * tap(2);
  EXPECT_NEAR(out[0][0][4][4].item<double>(), tap(0) * tap(0) / (sum * sum), 1e-12);
  EXPECT_NEAR(out[0][1][3][6].item<double>(), tap(1) * tap(2) / (sum * sum), 1e-12);
  EXPECT_NEAR(out[0][1][4][7].item<double>(), 0, 1e-15);
  const auto flat = at::full({1, 3, 9, 9}, 0.3, at::kDouble);
  EXPECT_TRUE(at::allclose(gaussian_blur(flat, one(2), 2), flat));
}

}  // namespace
}  // namespace retort::vision
