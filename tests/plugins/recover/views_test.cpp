#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <set>

#include "sdk/torch/recover_view.h"
#include "support/fake_run.h"

namespace retort {
namespace {

struct View {
  View(const std::string& type, const Json& params) : plugin(test::components().make("recover_view", type)) {
    plugin->declare_all(declare);
    const auto problems = declare.bind(params, test::components());
    EXPECT_TRUE(problems.empty()) << problems.front();
  }
  at::Tensor operator()(const at::Tensor& images, uint64_t seed, int64_t iteration = 0, int64_t iterations = 1) {
    return static_cast<RecoverView&>(*plugin).apply(images,
                                                    {at::detail::createCPUGenerator(seed), iteration, iterations});
  }
  std::unique_ptr<Plugin> plugin;
  Declare declare;
};

at::Tensor picture(int64_t count, int64_t side) {
  return at::rand({1, 3, side, side}, at::detail::createCPUGenerator(5), at::kFloat)
      .expand({count, 3, side, side})
      .contiguous();
}

TEST(RollView, ShiftsInACircleByEveryAllowedAmount) {
  for (const bool both : {false, true}) {
    View roll("roll", {{"pixels", 2}, {"both_ways", both}});
    const auto images = picture(2, 8);
    std::set<std::pair<int64_t, int64_t>> seen;
    for (uint64_t seed = 0; seed < 400; ++seed) {
      const auto view = roll(images, seed);
      for (int64_t dy = -2; dy <= 2; ++dy)
        for (int64_t dx = -2; dx <= 2; ++dx)
          if (at::equal(view, images.roll({dy, dx}, {2, 3}))) seen.insert({dy, dx});
    }
    EXPECT_EQ(seen.size(), both ? 25u : 9u);
    EXPECT_EQ(seen.count({-1, 0}) > 0, both);
  }
}

TEST(FlipView, FlipsAllOrNone) {
  View flip("flip", {{"probability", 0.25}});
  const auto images = picture(3, 4);
  int flipped = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const auto view = flip(images, seed);
    const bool mirrored = at::equal(view, images.flip(3));
    EXPECT_TRUE(mirrored || at::equal(view, images));
    flipped += mirrored;
  }
  EXPECT_NEAR(flipped / 400.0, 0.25, 0.08);
}

TEST(CropView, CutsTheSameBoxOutOfAllImages) {
  View crop("crop", {{"scale", {0.2, 0.5}}});
  const auto images = picture(3, 16);
  const auto view = crop(images, 3);
  EXPECT_EQ(view.sizes(), images.sizes());
  EXPECT_TRUE(at::equal(view[0], view[2]));
  EXPECT_FALSE(at::allclose(view[0], images[0]));
}

TEST(CropView, CurriculumBeginsWithTheWholeImageAndEndsWithCrops) {
  View crop("crop", {{"curriculum", "cosine"}});
  const auto images = picture(1, 32);
  for (uint64_t seed = 0; seed < 10; ++seed) EXPECT_TRUE(at::allclose(crop(images, seed, 0, 100), images, 1e-5, 1e-5));
  int cropped = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) cropped += !at::allclose(crop(images, seed, 99, 100), images, 1e-3, 1e-3);
  EXPECT_GE(cropped, 9);
}

}  // namespace
}  // namespace retort
