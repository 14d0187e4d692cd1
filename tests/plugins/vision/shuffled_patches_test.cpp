#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/fake_run.h"
#include "vision/augmentation.h"
#include "vision/draw.h"

namespace retort {
namespace {

at::Tensor views(const Json& params, const at::Tensor& images, uint64_t seed) {
  auto plugin = test::components().make("augmentation", "shuffled_patches");
  Declare declare;
  plugin->declare_all(declare);
  EXPECT_TRUE(declare.bind(params, test::components()).empty());
  auto random = vision::make_generator(seed);
  return dynamic_cast<const vision::Augmentation&>(*plugin).apply(images, random);
}

/// [count,3,6,6] whose nine patches of 2 × 2 pixels have each one value, 0.0 to 0.8.
at::Tensor tiles(int64_t count) {
  const auto values =
      at::arange(9, at::kFloat).div(10).view({1, 1, 3, 3}).repeat_interleave(2, 2).repeat_interleave(2, 3);
  return values.expand({count, 3, 6, 6}).contiguous();
}

TEST(ShuffledPatches, MovesWholePatchesOfEachImageOnItsOwn) {
  const auto images = tiles(20), seen = views({{"factor", 3}}, images, 1);
  ASSERT_EQ(seen.sizes(), images.sizes());
  const auto corners = seen.slice(2, 0, 6, 2).slice(3, 0, 6, 2);
  EXPECT_TRUE(at::equal(corners.repeat_interleave(2, 2).repeat_interleave(2, 3), seen)) << "patches stay whole";
  const auto values = std::get<0>(corners.select(1, 0).flatten(1).sort(1));
  EXPECT_TRUE(at::equal(values, at::arange(9, at::kFloat).div(10).expand({20, 9}))) << "none is lost or twice there";
  EXPECT_FALSE(at::equal(seen[0], seen[1]));
  EXPECT_TRUE(at::equal(seen, views({{"factor", 3}}, images, 1)));
}

TEST(ShuffledPatches, OfOnePatchAreTheImages) {
  const auto images = tiles(2);
  EXPECT_TRUE(at::equal(views({{"factor", 1}}, images, 1), images));
}

TEST(ShuffledPatches, RefuseASideThatDoesNotDivide) {
  try {
    views({{"factor", 4}}, tiles(1), 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "\"factor\" 4 does not divide the side of 6 pixels");
  }
}

}  // namespace
}  // namespace retort
