#include "vision/recipe.h"

#include <ATen/ATen.h>

#include <map>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::vision {
namespace {

Recipe padded_flip() {
  Recipe r;
  r.crop = "padded";
  r.flip = 0.5;
  return r;
}

Recipe resized_flip(double scale_low) {
  Recipe r;
  r.crop = "resized";
  r.range.scale_low = scale_low;
  r.flip = 0.5;
  return r;
}

Recipe contrastive(double scale_low, const Jitter& strength, double gray, double blur, double solarize = 0) {
  Recipe r = resized_flip(scale_low);
  r.jitter = 0.8;
  r.strength = strength;
  r.gray = gray;
  r.blur = blur;
  r.solarize = solarize;
  return r;
}

Recipe up_to(double scale_high, Recipe r) {
  r.range.scale_high = scale_high;
  return r;
}

Recipe always_jittered(Recipe r) {
  r.jitter = 1;
  return r;
}

Recipe only_flip() {
  Recipe r;
  r.flip = 0.5;
  return r;
}

/// SSL.md 2.8 and METHODS.md 1.4; the letter behind a name says which of several published forms it is.
const std::map<std::string, Recipe>& table() {
  const Jitter usual{0.4, 0.4, 0.4, 0.1}, weak{0.4, 0.4, 0.2, 0.1}, strong{0.8, 0.8, 0.8, 0.2};
  static const std::map<std::string, Recipe> presets = {
      {"none", {}},
      {"flip", only_flip()},
      {"crop_flip", padded_flip()},
      {"resized_crop_flip", resized_flip(0.08)},
      {"moco_cifar", contrastive(0.08, usual, 0.2, 0)},
      {"simsiam_cifar", contrastive(0.2, usual, 0.2, 0)},
      {"simclr_cifar", contrastive(0.2, usual, 0.1, 0)},
      {"asymmetric_cifar_1", contrastive(0.08, weak, 0.2, 0)},
      {"asymmetric_cifar_2", contrastive(0.08, weak, 0.2, 0, 0.2)},
      {"symmetric_cifar", contrastive(0.08, strong, 0.2, 0.5)},
      {"moco_v2", contrastive(0.2, usual, 0.2, 0.5)},
      {"simclr", contrastive(0.08, strong, 0.2, 0.5)},
      {"byol_1", contrastive(0.08, weak, 0.2, 1)},
      {"byol_2", contrastive(0.08, weak, 0.2, 0.1, 0.2)},
      {"moco_v1", always_jittered(contrastive(0.2, {0.4, 0.4, 0.4, 0.4}, 0.2, 0))},
      {"swav_global", up_to(1, contrastive(0.14, strong, 0.2, 0.5))},
      {"swav_local", up_to(0.14, contrastive(0.05, strong, 0.2, 0.5))},
      {"dino_global_1", up_to(1, contrastive(0.4, weak, 0.2, 1))},
      {"dino_global_2", up_to(1, contrastive(0.4, weak, 0.2, 0.1, 0.2))},
      {"dino_local", up_to(0.4, contrastive(0.05, weak, 0.2, 0.5))},
      {"symmetric_weak_cifar", contrastive(0.08, usual, 0.2, 0.5)},
      {"vicreg_cifar", contrastive(0.2, weak, 0.2, 0, 0.1)},
      {"swav_cifar_global", contrastive(0.2, strong, 0.2, 0.5)},
      {"swav_cifar_local", up_to(0.5, contrastive(0.08, strong, 0.2, 0.5))},
      {"tiny", contrastive(0.2, usual, 0.1, 0)},
  };
  return presets;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void take_range(const char* name, const std::vector<double>& given, double& low, double& high) {
  if (given.empty()) return;
  if (given.size() != 2 || given[0] > given[1])
    throw Error(ErrorKind::user,
                std::string("\"") + name + "\" is a range [low, high] with low <= high, got " + Json(given).dump());
  low = given[0];
  high = given[1];
}

template <class T>
void take(const std::optional<T>& given, T& value) {
  if (given) value = *given;
}

}  // namespace

Recipe Recipe::preset(const std::string& name) {
  if (const auto it = table().find(name); it != table().end()) return it->second;
  throw Error(ErrorKind::user, "no augmentation preset \"" + name + "\" (there are: " + joined(presets()) + ")");
}

std::vector<std::string> Recipe::presets() {
  std::vector<std::string> names;
  for (const auto& [name, recipe] : table()) names.push_back(name);
  return names;
}

at::Tensor Recipe::operator()(const at::Tensor& images, int64_t size, at::Generator& random) const {
  const int64_t n = images.size(0), height = images.size(2), width = images.size(3);
  const auto as_pixels = [](const at::Tensor& x) {
    return x.scalar_type() == at::kByte ? x.to(at::kFloat).div_(255) : x;
  };
  if (crop != "resized" && (size != height || size != width))
    throw Error(ErrorKind::user, "a view of size " + std::to_string(size) + " from images of " +
                                     std::to_string(height) + "×" + std::to_string(width) +
                                     " needs \"crop\": \"resized\", not \"" + crop + "\"");
  at::Tensor x;
  if (crop == "resized") {
    const auto boxes = draw_crop_boxes(n, height, width, range, random);
    const auto flips = draw_coins(n, flip, random);
    x = resized_crop(as_pixels(images), boxes, flips, size, antialias).clamp_(0, 1);
  } else if (crop == "padded") {
    const auto offsets = draw_offsets(n, padding, random);
    const auto flips = draw_coins(n, flip, random);
    x = as_pixels(padded_crop(images, offsets, flips, padding));
  } else {
    x = as_pixels(flip > 0 ? flip_where(images, draw_coins(n, flip, random)) : images);
  }
  return colour(x, random);
}

Recipe::Crops Recipe::draw_crops(const at::Tensor& heights, const at::Tensor& widths, at::Generator& random) const {
  const int64_t count = heights.size(0);
  std::vector<at::Tensor> boxes;
  for (int64_t i = 0; i < count; ++i)
    boxes.push_back(same_box(1, draw_crop_box(heights[i].item<int64_t>(), widths[i].item<int64_t>(), range, random)));
  return {at::cat(boxes), draw_coins(count, flip, random)};
}

at::Tensor Recipe::finish(const at::Tensor& cut, const at::Tensor& flips, at::Generator& random) const {
  return colour(flip_where(cut, flips).to(at::kFloat).div_(255), random);
}

at::Tensor Recipe::colour(at::Tensor x, at::Generator& random) const {
  if (jitter > 0) x = vision::jitter(x, strength, jitter, random);
  if (gray > 0) x = random_gray(x, gray, random);
  if (blur > 0) x = random_blur(x, blur, blur_low, blur_high, random);
  if (solarize > 0) x = random_solarize(x, solarize, random);
  return x;
}

void RecipeParams::declare(Declare& d) {
  d.param("preset", preset, "Where the values that are not given come from").one_of(Recipe::presets());
  d.param("crop", crop, "Random window of the padded image, or random resized crop")
      .one_of({"none", "padded", "resized"});
  d.param("padding", padding, "Black pixels added on each side before a padded crop").at_least(0);
  d.param("scale", scale, "Range of the share of the image's area a resized crop takes").greater_than(0).at_most(1);
  d.param("ratio", ratio, "Range of width / height of a resized crop").greater_than(0);
  d.param("antialias", antialias, "Widen the filter where a resized crop shrinks the image");
  d.param("flip", flip, "Probability of a horizontal flip").between(0, 1);
  d.param("jitter", jitter, "Probability of colour jitter").between(0, 1);
  d.param("jitter_strength", jitter_strength, "Brightness, contrast, saturation, hue").at_least(0);
  d.param("gray", gray, "Probability of removing colour").between(0, 1);
  d.param("blur", blur, "Probability of a Gaussian blur").between(0, 1);
  d.param("blur_sigma", blur_sigma, "Range of the blur's standard deviation in pixels").greater_than(0);
  d.param("solarize", solarize, "Probability of inverting pixels of 0.5 and above").between(0, 1);
}

Recipe RecipeParams::recipe() const {
  Recipe r = Recipe::preset(preset);
  take(crop, r.crop);
  take(padding, r.padding);
  take_range("scale", scale, r.range.scale_low, r.range.scale_high);
  take_range("ratio", ratio, r.range.ratio_low, r.range.ratio_high);
  r.antialias = antialias;
  take(flip, r.flip);
  take(jitter, r.jitter);
  if (!jitter_strength.empty()) {
    if (jitter_strength.size() != 4 || jitter_strength[3] > 0.5)
      throw Error(ErrorKind::user,
                  "\"jitter_strength\" is [brightness, contrast, saturation, hue] with hue <= 0.5, got " +
                      Json(jitter_strength).dump());
    r.strength = {jitter_strength[0], jitter_strength[1], jitter_strength[2], jitter_strength[3]};
  }
  take(gray, r.gray);
  take(blur, r.blur);
  take_range("blur_sigma", blur_sigma, r.blur_low, r.blur_high);
  take(solarize, r.solarize);
  return r;
}

}  // namespace retort::vision
