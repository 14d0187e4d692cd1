// Recipes: every preset, what the generator decides, and what parameters are refused.
#include "vision/recipe.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::vision {
namespace {

at::Tensor images() {
  auto random = make_generator(1);
  return at::randint(256, {24, 3, 32, 32}, random, at::kByte);
}

TEST(Recipe, EveryPresetGivesPixels) {
  for (const auto& name : Recipe::presets()) {
    auto a = make_generator(7), b = make_generator(7), c = make_generator(8);
    const auto recipe = Recipe::preset(name);
    const auto first = recipe(images(), 32, a);
    EXPECT_EQ(first.sizes(), images().sizes()) << name;
    EXPECT_GE(first.min().item<double>(), 0) << name;
    EXPECT_LE(first.max().item<double>(), 1) << name;
    EXPECT_TRUE(at::equal(first, recipe(images(), 32, b))) << name;
    EXPECT_EQ(at::equal(first, recipe(images(), 32, c)), name == "none") << name;
  }
}

TEST(Recipe, BytesAndFloatsAreTheSamePixels) {
  for (const char* name : {"none", "crop_flip", "moco_cifar"}) {
    auto a = make_generator(7), b = make_generator(7);
    const auto recipe = Recipe::preset(name);
    EXPECT_TRUE(at::allclose(recipe(images(), 32, a), recipe(images().to(at::kFloat) / 255, 32, b), 0, 1e-6)) << name;
  }
}

TEST(Recipe, SmallViewsComeFromResizedCrops) {
  auto random = make_generator(7);
  EXPECT_EQ(Recipe::preset("moco_cifar")(images(), 18, random).size(3), 18);
  try {
    Recipe::preset("crop_flip")(images(), 18, random);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a view of size 18 from images of 32×32 needs \"crop\": \"resized\", not \"padded\"");
  }
}

TEST(Recipe, ParametersChangeThePreset) {
  RecipeParams params;
  params.preset = "moco_cifar";
  params.gray = 0.1;
  params.scale = {0.2, 1};
  const Recipe recipe = params.recipe();
  EXPECT_DOUBLE_EQ(recipe.gray, 0.1);
  EXPECT_DOUBLE_EQ(recipe.range.scale_low, 0.2);
  EXPECT_DOUBLE_EQ(recipe.jitter, 0.8);
  params.scale = {1, 0.2};
  EXPECT_THROW(params.recipe(), Error);
  params.scale = {};
  params.jitter_strength = {0.4, 0.4, 0.4, 0.6};
  EXPECT_THROW(params.recipe(), Error);
}

}  // namespace
}  // namespace retort::vision
