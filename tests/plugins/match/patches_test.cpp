#include "match/patches.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace retort::match {
namespace {

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
