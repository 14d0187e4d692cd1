#include "match/space.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "match/patches.h"

namespace retort::match {
namespace {

LabelledImages pixels() {
  LabelledImages data;
  data.images = at::sin(at::arange(40 * 12, at::kDouble) * 0.37).add(1).mul(127).to(at::kByte).view({40, 3, 2, 2});
  data.labels = at::zeros({40}, at::kLong);
  data.classes = {"one"};
  data.normalization = Normalization::named("cifar-A");
  return data;
}

TEST(Zca, WhitensAsDefined) {
  const auto data = pixels();
  const auto space = Space::zca(data, 0.1);
  const auto x = data.images.to(at::kDouble).div(255).flatten(1);
  const auto white = space.enter(data.images).flatten(1).to(at::kDouble);
  EXPECT_LT(white.mean(0).abs().max().item<double>(), 1e-5);
  // With W = (C + eps)^(-1/2): cov(xW) = W C W, and W (C + eps) W = 1, so cov + eps W² = 1. W is read off the data.
  const auto centred = x - x.mean(0);
  const auto covariance = centred.t().matmul(centred) / 39;
  const auto inverse = at::linalg_inv(covariance + 0.1 * at::eye(12, x.options()));
  const auto whitened = white.t().matmul(white) / 39;
  EXPECT_LT((whitened + 0.1 * inverse - at::eye(12, x.options())).abs().max().item<double>(), 1e-4);
  EXPECT_LT((space.leave(space.enter(data.images)).to(at::kDouble).flatten(1) - x).abs().max().item<double>(), 1e-5);
}

TEST(Zca, OfAnImageDoesNotDependOnItsBatch) {
  const auto data = pixels();
  const auto space = Space::zca(data);
  EXPECT_LT((space.enter(data.images)[7] - space.enter(data.images.narrow(0, 7, 1))[0]).abs().max().item<double>(),
            1e-5);
}

TEST(Space, IsNormalisationWithoutZca) {
  const auto data = pixels();
  const Space space(data.normalization);
  EXPECT_TRUE(at::equal(space.enter(data.images), data.normalization.apply(data.images)));
}

TEST(Patches, AreTiledAsPublished) {
  const auto patches = at::arange(8, at::kFloat).view({8, 1, 1, 1}).expand({8, 1, 2, 2}).contiguous();
  const auto images = tiled(patches, 2, 2, 4);
  // Image i: cells i, 2 + i, 4 + i, 6 + i in reading order.
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 4; ++x)
        EXPECT_EQ(images[i][0][y][x].item<float>(), static_cast<float>(2 * (2 * (y / 2) + x / 2) + i));
  EXPECT_EQ(tiled(patches.narrow(0, 0, 4), 1, 2, 5).sizes(), at::IntArrayRef({1, 1, 5, 5}));
}

TEST(Patches, StandInTheMiddleOfZeros) {
  const auto padded = centred(at::ones({1, 1, 2, 2}), 5);
  EXPECT_EQ(padded.sum().item<float>(), 4);
  EXPECT_EQ(padded[0][0][1][1].item<float>(), 1);
  EXPECT_EQ(padded[0][0][2][2].item<float>(), 1);
}

}  // namespace
}  // namespace retort::match
