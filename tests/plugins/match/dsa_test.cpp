#include "match/dsa.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::match {
namespace {

constexpr int64_t kSide = 8;
const std::vector<std::string> kOperations = {"color", "crop", "cutout", "flip", "scale", "rotate"};
const std::string kEverything = "color_crop_cutout_flip_scale_rotate";

at::Tensor pictures(int64_t count, double frequency = 0.37) {
  return at::sin(at::arange(1, count * 3 * kSide * kSide + 1, at::kDouble) * frequency).view({count, 3, kSide, kSide});
}

/// Uniforms 0..1 for the eleven numbers of one image, in the order color, crop, cutout, flip, scale, rotate use them.
at::Tensor uniforms(std::vector<double> values) { return at::tensor(values, at::kFloat).view({1, 11}); }
const std::vector<double> kValues = {0.3, 0.7, 0.2, 0.9, 0.1, 0.4, 0.8, 0.25, 0.15, 0.85, 0.9};

double pixel(const at::Tensor& x, int64_t c, int64_t y, int64_t x_) {
  if (y < 0 || x_ < 0 || y >= kSide || x_ >= kSide) return 0;
  return x[0][c][y][x_].item<double>();
}

/// What stands at (y, x) after the operation, from the definitions alone (METHODS.md 1.4).
at::Tensor expected(DsaOperation operation, const at::Tensor& image, const std::vector<double>& u, bool align_corners) {
  auto result = at::zeros_like(image);
  double mean_all = 0;
  auto colored = [&](int64_t c, int64_t y, int64_t x) {
    double gray = 0;
    for (int64_t k = 0; k < 3; ++k) gray += (pixel(image, k, y, x) + u[0] - 0.5) / 3;
    return (pixel(image, c, y, x) + u[0] - 0.5 - gray) * (2 * u[1]) + gray;
  };
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = 0; y < kSide; ++y)
      for (int64_t x = 0; x < kSide; ++x) mean_all += colored(c, y, x) / (3 * kSide * kSide);

  const int64_t shift_y = static_cast<int64_t>(std::floor(u[3] * 3)) - 1,
                shift_x = static_cast<int64_t>(std::floor(u[4] * 3)) - 1;
  const int64_t hole_y = static_cast<int64_t>(std::floor(u[5] * 9)),
                hole_x = static_cast<int64_t>(std::floor(u[6] * 9));
  auto coordinate = [&](double i) { return align_corners ? 2 * i / (kSide - 1) - 1 : (2 * i + 1) / kSide - 1; };
  auto back = [&](double v) { return align_corners ? (v + 1) / 2 * (kSide - 1) : ((v + 1) * kSide - 1) / 2; };
  auto sampled = [&](int64_t c, double sy, double sx) {
    const auto y0 = static_cast<int64_t>(std::floor(sy)), x0 = static_cast<int64_t>(std::floor(sx));
    const double fy = sy - std::floor(sy), fx = sx - std::floor(sx);
    return (1 - fy) * ((1 - fx) * pixel(image, c, y0, x0) + fx * pixel(image, c, y0, x0 + 1)) +
           fy * ((1 - fx) * pixel(image, c, y0 + 1, x0) + fx * pixel(image, c, y0 + 1, x0 + 1));
  };
  const double zoom_x = u[8] * (1.2 - 1 / 1.2) + 1 / 1.2, zoom_y = u[9] * (1.2 - 1 / 1.2) + 1 / 1.2;
  const double angle = (u[10] - 0.5) * 2 * 15 * std::acos(-1) / 180;

  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = 0; y < kSide; ++y)
      for (int64_t x = 0; x < kSide; ++x) {
        const double gx = coordinate(static_cast<double>(x)), gy = coordinate(static_cast<double>(y));
        double value = 0;
        switch (operation) {
          case DsaOperation::color:
            value = (colored(c, y, x) - mean_all) * (u[2] + 0.5) + mean_all;
            break;
          case DsaOperation::crop:
            value = pixel(image, c, y + shift_y, x + shift_x);
            break;
          case DsaOperation::cutout:
            value = y >= hole_y - 2 && y < hole_y + 2 && x >= hole_x - 2 && x < hole_x + 2 ? 0 : pixel(image, c, y, x);
            break;
          case DsaOperation::flip:
            value = pixel(image, c, y, u[7] < 0.5 ? kSide - 1 - x : x);
            break;
          case DsaOperation::scale:
            value = sampled(c, back(gy * zoom_y), back(gx * zoom_x));
            break;
          case DsaOperation::rotate:
            value = sampled(c, back(std::sin(angle) * gx + std::cos(angle) * gy),
                            back(std::cos(angle) * gx - std::sin(angle) * gy));
            break;
        }
        result[0][c][y][x] = value;
      }
  return result;
}

TEST(Dsa, EachOperationIsItsDefinition) {
  const auto image = pictures(1);
  for (const bool align_corners : {true, false})
    for (const auto& name : kOperations)
      for (const double flipped : {0.25, 0.75}) {
        auto values = kValues;
        values[7] = flipped;
        const Dsa dsa(name, false, align_corners);
        auto random = vision::make_generator(3);
        auto draw = dsa.draw(1, random);
        draw.uniform = uniforms(values);
        const auto got = dsa.apply(image, draw);
        const auto want = expected(draw.operations.at(0), image, values, align_corners);
        EXPECT_LT((got - want).abs().max().item<double>(), 1e-6) << name << " align_corners " << align_corners;
      }
}

TEST(Dsa, OneDrawChangesBothBatchesAlike) {
  for (const auto& name : kOperations) {
    const Dsa dsa(name, false, true);
    auto random = vision::make_generator(5);
    const auto draw = dsa.draw(1, random);
    const auto image = pictures(1);
    const auto real = at::cat({pictures(2, 0.11), image}), synthetic = at::cat({image, pictures(3, 0.23)});
    EXPECT_TRUE(at::equal(dsa.apply(real, draw)[2], dsa.apply(synthetic, draw)[0])) << name;
    EXPECT_TRUE(at::equal(dsa.apply(real, draw)[2], dsa.apply(image, draw)[0])) << name;
  }
}

TEST(Dsa, DrawsAnImageEachWhenAsked) {
  const Dsa dsa("color", false, true);
  auto random = vision::make_generator(5);
  const auto changed = dsa.apply(pictures(1).expand({2, 3, kSide, kSide}), dsa.draw(2, random));
  EXPECT_FALSE(at::equal(changed[0], changed[1]));
}

TEST(Dsa, TakesAsManyNumbersWhateverItPicks) {
  auto picks_differ = false;
  DsaOperation first{};
  for (uint64_t seed = 0; seed < 8; ++seed) {
    auto one = vision::make_generator(seed), all = vision::make_generator(seed);
    const auto draw = Dsa(kEverything, false, true).draw(4, one);
    Dsa(kEverything, true, true).draw(4, all);
    EXPECT_EQ(vision::draw_one(one), vision::draw_one(all));
    if (seed == 0) first = draw.operations.at(0);
    picks_differ |= draw.operations.at(0) != first;
  }
  EXPECT_TRUE(picks_differ);
}

TEST(Dsa, GradientIsThatOfFiniteDifferences) {
  const Dsa dsa(kEverything, true, true);
  auto random = vision::make_generator(11);
  const auto draw = dsa.draw(2, random);
  const auto weights = pictures(2, 0.51), direction = pictures(2, 0.71);
  auto value = [&](const at::Tensor& images) { return (dsa.apply(images, draw) * weights).square().sum(); };
  auto images = pictures(2).requires_grad_(true);
  value(images).backward();
  constexpr double kStep = 1e-5;
  const auto numeric =
      (value(images.detach() + kStep * direction) - value(images.detach() - kStep * direction)) / (2 * kStep);
  const double analytic = (images.grad() * direction).sum().item<double>();
  EXPECT_NEAR(analytic, numeric.item<double>(), 1e-6 * std::abs(analytic));
  EXPECT_GT(std::abs(analytic), 1e-3);
}

TEST(Dsa, NamesAnUnknownOperation) {
  try {
    Dsa("color_flop", false, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "\"strategy\" has no operation \"flop\", did you mean \"flip\"?; it joins some of color, crop, "
                 "cutout, flip, scale, "
                 "rotate by \"_\"");
  }
}

}  // namespace
}  // namespace retort::match
