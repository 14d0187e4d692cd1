// Mixing: what is pasted where, and that the share is what was pasted.
#include "vision/mix.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor numbered(int64_t n) { return at::arange(n, at::kFloat).view({n, 1, 1, 1}).expand({n, 3, 12, 10}).clone(); }

TEST(Mix, MixupIsALine) {
  auto random = make_generator(2);
  const auto mix = draw_mixup(6, 0.8, random);
  const auto images = numbered(6), out = apply_mix(images, mix);
  const auto expected = mix.share * at::arange(6, at::kFloat) + (1 - mix.share) * mix.partner.to(at::kFloat);
  EXPECT_TRUE(at::allclose(out.select(1, 1).select(1, 3).select(1, 4), expected, 1e-5, 1e-6));
  EXPECT_TRUE(at::equal(images, numbered(6)));
}

TEST(Mix, CutmixPastesABoxAndSharesByArea) {
  auto random = make_generator(2);
  for (int round = 0; round < 50; ++round) {
    const auto mix = draw_cutmix(5, 12, 10, 1, random);
    const auto images = numbered(5), out = apply_mix(images, mix);
    const auto own = out.eq(images), other = out.eq(images.index_select(0, mix.partner));
    EXPECT_TRUE(own.logical_or(other).all().item<bool>());
    const auto moved = mix.partner.ne(at::arange(5, at::kLong)).nonzero().view(-1);
    if (moved.numel() == 0) continue;
    EXPECT_NEAR(own.index_select(0, moved).to(at::kDouble).mean().item<double>(), mix.share, 1e-9);
    const auto targets = mix_targets(at::eye(5), mix);
    const int64_t i = moved[0].item<int64_t>(), j = mix.partner[i].item<int64_t>();
    EXPECT_NEAR(targets[i][i].item<double>(), mix.share, 1e-6);
    EXPECT_NEAR(targets[i][j].item<double>(), 1 - mix.share, 1e-6);
  }
}

TEST(Mix, BetaHasItsMoments) {
  auto random = make_generator(4);
  for (double a : {0.8, 1.0, 3.0}) {
    double sum = 0, squares = 0;
    constexpr int kDraws = 8000;
    for (int i = 0; i < kDraws; ++i) {
      const double x = draw_beta(a, random);
      sum += x, squares += x * x;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, 0.5, 0.02) << a;
    EXPECT_NEAR(squares / kDraws - mean * mean, 1 / (4 * (2 * a + 1)), 0.006) << a;
  }
}

}  // namespace
}  // namespace retort::vision
