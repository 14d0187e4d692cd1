#include "relabel/views.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::relabel {
namespace {

at::Tensor pixels() {
  auto random = vision::make_generator(3);
  return at::randint(0, 256, {6, 3, 16, 16}, random, at::TensorOptions().dtype(at::kByte));
}

TEST(Views, WrittenDownDrawsGiveWhatTheRecipeGives) {
  for (const char* preset : {"none", "flip", "crop_flip", "resized_crop_flip"}) {
    const auto recipe = vision::Recipe::preset(preset);
    auto one = vision::make_generator(9), other = vision::make_generator(9);
    const auto wanted = recipe(pixels(), 16, one);
    const auto draws = draw_views(recipe, pixels(), other);
    EXPECT_TRUE(at::equal(apply_views(recipe, draws, pixels(), 16), wanted)) << preset;
  }
}

TEST(Views, RecipeSurvivesJson) {
  auto recipe = vision::Recipe::preset("resized_crop_flip");
  recipe.range = {0.25, 0.9, 0.5, 2};
  recipe.antialias = false;
  const auto back = recipe_from_json(to_json(recipe));
  EXPECT_EQ(to_json(back), to_json(recipe));
  EXPECT_EQ(back.range.ratio_high, 2);
  EXPECT_FALSE(back.antialias);
}

TEST(Views, ColoursCannotBeReplayed) {
  EXPECT_THROW(check_replayable(vision::Recipe::preset("moco_v2")), Error);
  EXPECT_NO_THROW(check_replayable(vision::Recipe::preset("crop_flip")));
}

}  // namespace
}  // namespace retort::relabel
