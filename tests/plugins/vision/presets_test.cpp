// Every preset against the numbers of its source, and what a recipe draws against the same draws applied by hand.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "vision/draw.h"
#include "vision/recipe.h"

namespace retort::vision {
namespace {

/// A row of a paper's or a repository's table of augmentations.
struct Row {
  const char* source;
  std::string crop;
  double low, high;                   ///< share of the area that a resized crop takes
  double jitter;                      ///< probability
  std::array<double, 4> strength;     ///< brightness, contrast, saturation, hue
  double gray, blur, solarize, flip;  ///< probabilities
};

constexpr std::array<double, 4> kNo{0, 0, 0, 0}, kUsual{0.4, 0.4, 0.4, 0.1}, kWeak{0.4, 0.4, 0.2, 0.1},
    kStrong{0.8, 0.8, 0.8, 0.2};

const std::map<std::string, Row>& published() {
  static const std::map<std::string, Row> rows = {
      {"none", {"nothing is done", "none", 0.08, 1, 0, kNo, 0, 0, 0, 0}},
      {"flip", {"torchvision RandomHorizontalFlip", "none", 0.08, 1, 0, kNo, 0, 0, 0, 0.5}},
      {"crop_flip", {"RandomCrop(32, padding=4), flip", "padded", 0.08, 1, 0, kNo, 0, 0, 0, 0.5}},
      {"resized_crop_flip", {"torchvision RandomResizedCrop, flip", "resized", 0.08, 1, 0, kNo, 0, 0, 0, 0.5}},
      {"moco_v1", {"moco main_lincls, v1", "resized", 0.2, 1, 1, {0.4, 0.4, 0.4, 0.4}, 0.2, 0, 0, 0.5}},
      {"moco_v2", {"MoCo v2, arXiv 2003.04297; SimSiam", "resized", 0.2, 1, 0.8, kUsual, 0.2, 0.5, 0, 0.5}},
      {"simclr", {"SimCLR, arXiv 2002.05709, appendix A", "resized", 0.08, 1, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"byol_1", {"BYOL, arXiv 2006.07733, table 6, T", "resized", 0.08, 1, 0.8, kWeak, 0.2, 1, 0, 0.5}},
      {"byol_2", {"BYOL, arXiv 2006.07733, table 6, T'", "resized", 0.08, 1, 0.8, kWeak, 0.2, 0.1, 0.2, 0.5}},
      {"swav_global", {"SwAV, arXiv 2006.09882", "resized", 0.14, 1, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"swav_local", {"SwAV, arXiv 2006.09882", "resized", 0.05, 0.14, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"dino_global_1", {"DINO, arXiv 2104.14294, main_dino.py", "resized", 0.4, 1, 0.8, kWeak, 0.2, 1, 0, 0.5}},
      {"dino_global_2", {"DINO, main_dino.py", "resized", 0.4, 1, 0.8, kWeak, 0.2, 0.1, 0.2, 0.5}},
      {"dino_local", {"DINO, main_dino.py", "resized", 0.05, 0.4, 0.8, kWeak, 0.2, 0.5, 0, 0.5}},
      {"moco_cifar", {"MoCo's CIFAR demo", "resized", 0.08, 1, 0.8, kUsual, 0.2, 0, 0, 0.5}},
      {"simsiam_cifar", {"SimSiam, arXiv 2011.10566, appendix D", "resized", 0.2, 1, 0.8, kUsual, 0.2, 0, 0, 0.5}},
      {"simclr_cifar", {"dkobak's SimCLR", "resized", 0.2, 1, 0.8, kUsual, 0.1, 0, 0, 0.5}},
      {"asymmetric_cifar_1", {"solo-learn, asymmetric", "resized", 0.08, 1, 0.8, kWeak, 0.2, 0, 0, 0.5}},
      {"asymmetric_cifar_2", {"solo-learn, asymmetric", "resized", 0.08, 1, 0.8, kWeak, 0.2, 0, 0.2, 0.5}},
      {"symmetric_cifar", {"solo-learn, symmetric", "resized", 0.08, 1, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"symmetric_weak_cifar", {"solo-learn, symmetric_weak", "resized", 0.08, 1, 0.8, kUsual, 0.2, 0.5, 0, 0.5}},
      {"vicreg_cifar", {"solo-learn, VICReg", "resized", 0.2, 1, 0.8, kWeak, 0.2, 0, 0.1, 0.5}},
      {"swav_cifar_global", {"solo-learn, SwAV, 2 x 32", "resized", 0.2, 1, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"swav_cifar_local", {"solo-learn, SwAV, 6 x 18", "resized", 0.08, 0.5, 0.8, kStrong, 0.2, 0.5, 0, 0.5}},
      {"tiny", {"W-MSE's Tiny-ImageNet", "resized", 0.2, 1, 0.8, kUsual, 0.1, 0, 0, 0.5}},
  };
  return rows;
}

TEST(Presets, HaveTheNumbersOfTheirSources) {
  for (const auto& name : Recipe::presets())
    EXPECT_EQ(published().count(name), 1u) << "give preset \"" << name << "\" a row with its source here";
  for (const auto& [name, row] : published()) {
    SCOPED_TRACE(name + ": " + row.source);
    const Recipe r = Recipe::preset(name);
    EXPECT_EQ(r.crop, row.crop);
    EXPECT_EQ(r.padding, 4) << "a padded crop's border";
    EXPECT_TRUE(r.antialias);
    EXPECT_DOUBLE_EQ(r.range.scale_low, row.low);
    EXPECT_DOUBLE_EQ(r.range.scale_high, row.high);
    EXPECT_DOUBLE_EQ(r.range.ratio_low, 3.0 / 4);
    EXPECT_DOUBLE_EQ(r.range.ratio_high, 4.0 / 3);
    EXPECT_DOUBLE_EQ(r.flip, row.flip);
    EXPECT_DOUBLE_EQ(r.jitter, row.jitter);
    if (row.jitter > 0) {
      EXPECT_DOUBLE_EQ(r.strength.brightness, row.strength[0]);
      EXPECT_DOUBLE_EQ(r.strength.contrast, row.strength[1]);
      EXPECT_DOUBLE_EQ(r.strength.saturation, row.strength[2]);
      EXPECT_DOUBLE_EQ(r.strength.hue, row.strength[3]);
    }
    EXPECT_DOUBLE_EQ(r.gray, row.gray);
    EXPECT_DOUBLE_EQ(r.blur, row.blur);
    EXPECT_DOUBLE_EQ(r.blur_low, 0.1) << "PIL's GaussianBlur of U[0.1, 2] in every source";
    EXPECT_DOUBLE_EQ(r.blur_high, 2);
    EXPECT_DOUBLE_EQ(r.solarize, row.solarize);
  }
}

TEST(Presets, EveryParameterOfAGraphReachesTheRecipe) {
  RecipeParams params;
  params.preset = "none";
  params.crop = "padded";
  params.padding = 3;
  params.scale = {0.3, 0.7};
  params.ratio = {0.5, 2};
  params.antialias = false;
  params.flip = 0.11;
  params.jitter = 0.12;
  params.jitter_strength = {0.1, 0.2, 0.3, 0.05};
  params.gray = 0.13;
  params.blur = 0.14;
  params.blur_sigma = {0.4, 1.5};
  params.solarize = 0.15;
  const Recipe r = params.recipe();
  EXPECT_EQ(r.crop, "padded");
  EXPECT_EQ(r.padding, 3);
  EXPECT_EQ((std::vector<double>{r.range.scale_low, r.range.scale_high, r.range.ratio_low, r.range.ratio_high}),
            (std::vector<double>{0.3, 0.7, 0.5, 2}));
  EXPECT_FALSE(r.antialias);
  EXPECT_EQ((std::vector<double>{r.flip, r.jitter, r.gray, r.blur, r.solarize, r.blur_low, r.blur_high}),
            (std::vector<double>{0.11, 0.12, 0.13, 0.14, 0.15, 0.4, 1.5}));
  EXPECT_EQ((std::vector<double>{r.strength.brightness, r.strength.contrast, r.strength.saturation, r.strength.hue}),
            params.jitter_strength);
}

at::Tensor images(int64_t count) {
  auto random = make_generator(1);
  return at::randint(256, {count, 3, 20, 20}, random, at::kByte);
}

/// Where `mask`, what `changed` says, else `x`.
at::Tensor chosen_of(const at::Tensor& mask, const at::Tensor& changed, const at::Tensor& x) {
  return at::where(mask.view({-1, 1, 1, 1}), changed, x);
}

/// torchvision's ColorJitter: the four operations in an order of each image's own, each only if it was chosen.
at::Tensor jitter_by_hand(const at::Tensor& pixels, const Jitter& s, double probability, at::Generator& random) {
  const int64_t n = pixels.size(0);
  const auto chosen = at::rand({n}, random, at::kFloat) < probability;
  const auto order = at::rand({n, 4}, random, at::kFloat).argsort(int64_t{1}, false);
  const auto between = [&](double low, double high) { return at::rand({n}, random, at::kFloat) * (high - low) + low; };
  const auto b = between(1 - s.brightness, 1 + s.brightness), c = between(1 - s.contrast, 1 + s.contrast),
             t = between(1 - s.saturation, 1 + s.saturation), h = between(-s.hue, s.hue);
  auto out = pixels.clone();
  for (int64_t i = 0; i < n; ++i) {
    if (!chosen[i].item<bool>()) continue;
    auto one = out.narrow(0, i, 1);
    for (int64_t place = 0; place < 4; ++place) {
      const auto which = order[i][place].item<int64_t>();
      const auto of = [&](const at::Tensor& all) { return all.narrow(0, i, 1); };
      one = which == 0   ? brightness(one, of(b))
            : which == 1 ? contrast(one, of(c))
            : which == 2 ? saturation(one, of(t))
                         : hue(one, of(h));
    }
    out.narrow(0, i, 1).copy_(one);
  }
  return out;
}

TEST(Recipe, IsItsOperationsInTheOrderOfTheSources) {
  const auto all = images(40);
  for (const std::string name : {"flip", "crop_flip", "moco_v1", "moco_v2", "byol_2", "swav_local", "vicreg_cifar"}) {
    const Recipe recipe = Recipe::preset(name);
    auto used = make_generator(7), random = make_generator(7);
    const auto got = recipe(all, 20, used);
    auto x = all.to(at::kFloat) / 255;
    if (recipe.crop == "resized") {
      const auto boxes = draw_crop_boxes(40, 20, 20, recipe.range, random);
      const auto flips = at::rand({40}, random, at::kFloat) < recipe.flip;
      std::vector<at::Tensor> cut;
      for (int64_t i = 0; i < 40; ++i) {
        const auto side = [&](int64_t k) { return boxes[i][k].item<int64_t>(); };
        cut.push_back(at::_upsample_bilinear2d_aa(
            x.narrow(0, i, 1).narrow(2, side(0), side(2)).narrow(3, side(1), side(3)), {20, 20}, false));
      }
      x = at::cat(cut);
      x = chosen_of(flips, x.flip(3), x);
    } else if (recipe.crop == "padded") {
      const auto offsets = at::randint(0, 9, {40, 2}, random, at::kLong);
      const auto flips = at::rand({40}, random, at::kFloat) < recipe.flip;
      const auto padded = at::constant_pad_nd(x, {4, 4, 4, 4});
      std::vector<at::Tensor> cut;
      for (int64_t i = 0; i < 40; ++i)
        cut.push_back(padded.narrow(0, i, 1)
                          .narrow(2, offsets[i][0].item<int64_t>(), 20)
                          .narrow(3, offsets[i][1].item<int64_t>(), 20));
      x = at::cat(cut);
      x = chosen_of(flips, x.flip(3), x);
    } else {
      x = chosen_of(at::rand({40}, random, at::kFloat) < recipe.flip, x.flip(3), x);
    }
    if (recipe.jitter > 0) x = jitter_by_hand(x, recipe.strength, recipe.jitter, random);
    if (recipe.gray > 0) x = chosen_of(at::rand({40}, random, at::kFloat) < recipe.gray, gray(x).expand_as(x), x);
    if (recipe.blur > 0) {
      const auto mask = at::rand({40}, random, at::kFloat) < recipe.blur;
      const auto sigma = at::rand({40}, random, at::kFloat) * 1.9 + 0.1;
      x = chosen_of(mask, gaussian_blur(x, sigma, 1), x);  // 20 pixels: three taps, as SimCLR's tenth of the side
    }
    if (recipe.solarize > 0)
      x = chosen_of(at::rand({40}, random, at::kFloat) < recipe.solarize, at::where(x < 0.5, x, 1 - x), x);
    EXPECT_LT((got - x).abs().max().item<double>(), 2e-4) << name;
    EXPECT_TRUE(used.get_state().equal(random.get_state())) << name << " draws other numbers";
  }
}

/// Mean and ends of 4,000 draws, which are wide enough apart that a range from one side shows.
TEST(Jitter, EachRangeReachesToBothSides) {
  constexpr int64_t kCount = 4000;
  const auto flat = [&](double r, double g, double b) {
    return at::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1}).expand({kCount, 3, 1, 2}).contiguous();
  };
  const auto check = [](const at::Tensor& factor, double low, double high) {
    EXPECT_NEAR(factor.min().item<double>(), low, 0.02 * (high - low));
    EXPECT_NEAR(factor.max().item<double>(), high, 0.02 * (high - low));
    EXPECT_NEAR(factor.mean().item<double>(), (low + high) / 2, 0.03 * (high - low));
  };
  auto random = make_generator(11);
  const auto bright = jitter(flat(0.4, 0.4, 0.4), {.brightness = 0.8}, 1, random);
  check(bright.select(1, 0).select(2, 0).flatten() / 0.4, 0.2, 1.8);
  // Contrast moves values away from the mean of the grey image, saturation away from the pixel's own grey.
  auto two = flat(0.4, 0.4, 0.4);
  two.select(3, 1).fill_(0.6);
  const auto far = jitter(two, {.contrast = 0.8}, 1, random);
  check((far.select(3, 1) - far.select(3, 0)).select(1, 0).flatten() / 0.2, 0.2, 1.8);
  const auto colourful = jitter(flat(0.6, 0.5, 0.4), {.saturation = 0.8}, 1, random);
  check((colourful.select(1, 0) - colourful.select(1, 2)).select(2, 0).flatten() / 0.2, 0.2, 1.8);
  // Red turned by h: towards yellow (green grows) for h > 0, towards magenta (blue grows) for h < 0.
  const auto turned = jitter(flat(1, 0, 0), {.hue = 0.1}, 1, random);
  check((turned.select(1, 1) - turned.select(1, 2)).select(2, 0).flatten() / 6, -0.1, 0.1);
  const auto some = jitter(flat(1, 0, 0), {.hue = 0.1}, 0.3, random);
  EXPECT_NEAR(some.ne(flat(1, 0, 0)).any(1).select(2, 0).to(at::kFloat).mean().item<double>(), 0.3, 0.03);
}

}  // namespace
}  // namespace retort::vision
