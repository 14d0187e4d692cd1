#include "relabel/views.h"

#include "core/error.h"
#include "vision/crop.h"
#include "vision/draw.h"

namespace retort::relabel {

void Mixing::declare(Declare& d) {
  d.param("mixing", type, "Mix the images of a batch: mixup blends, cutmix pastes a box")
      .one_of({"none", "mixup", "cutmix"});
  d.param("mixing_alpha", alpha, "Share of Beta(alpha, alpha), one a batch; 1 is uniform (SRe2L: mixup 0.8, cutmix 1)")
      .greater_than(0);
}

vision::Mix Mixing::draw(int64_t count, int64_t size, at::Generator& random) const {
  if (type == "mixup") return vision::draw_mixup(count, alpha, random);
  if (type == "cutmix") return vision::draw_cutmix(count, size, size, alpha, random);
  return {};
}

void check_replayable(const vision::Recipe& recipe) {
  if (recipe.jitter > 0 || recipe.gray > 0 || recipe.blur > 0 || recipe.solarize > 0)
    throw Error(ErrorKind::user,
                "a replay holds crops, flips and mixing; this augmentation also changes colours or blurs");
}

Draws draw_views(const vision::Recipe& recipe, const at::Tensor& images, at::Generator& random) {
  Draws draws;
  const int64_t count = images.size(0);
  if (recipe.crop == "resized")
    draws.boxes = vision::draw_crop_boxes(count, images.size(2), images.size(3), recipe.range, random);
  if (recipe.crop == "padded") draws.offsets = vision::draw_offsets(count, recipe.padding, random);
  if (recipe.flip > 0 || recipe.crop != "none") draws.flips = vision::draw_coins(count, recipe.flip, random);
  return draws;
}

at::Tensor apply_views(const vision::Recipe& recipe, const Draws& draws, const at::Tensor& images, int64_t size) {
  const auto as_pixels = [](const at::Tensor& x) {
    return x.scalar_type() == at::kByte ? x.to(at::kFloat).div_(255) : x.to(at::kFloat);
  };
  at::Tensor views;
  if (draws.boxes.defined())
    views = vision::resized_crop(as_pixels(images), draws.boxes, draws.flips, size, recipe.antialias).clamp_(0, 1);
  else if (draws.offsets.defined())
    views = as_pixels(vision::padded_crop(images, draws.offsets, draws.flips, recipe.padding));
  else
    views = as_pixels(draws.flips.defined() ? vision::flip_where(images, draws.flips) : images);
  return vision::apply_mix(views, draws.mix);
}

Json to_json(const vision::Recipe& recipe) {
  return {{"crop", recipe.crop},
          {"padding", recipe.padding},
          {"antialias", recipe.antialias},
          {"flip", recipe.flip},
          {"scale", {recipe.range.scale_low, recipe.range.scale_high}},
          {"ratio", {recipe.range.ratio_low, recipe.range.ratio_high}}};
}

vision::Recipe recipe_from_json(const Json& json) {
  vision::Recipe recipe;
  recipe.crop = json.at("crop");
  recipe.padding = json.at("padding");
  recipe.antialias = json.at("antialias");
  recipe.flip = json.at("flip");
  recipe.range = {json.at("scale").at(0), json.at("scale").at(1), json.at("ratio").at(0), json.at("ratio").at(1)};
  return recipe;
}

}  // namespace retort::relabel
