#include "match/dsa.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>
#include <sstream>

#include "core/error.h"
#include "core/nearest.h"

namespace retort::match {
namespace {

constexpr double kBrightness = 1, kSaturation = 2, kContrast = 0.5, kShift = 0.125, kCutout = 0.5, kFlip = 0.5,
                 kScale = 1.2, kDegrees = 15;
/// Columns of DsaDraw::uniform.
enum Column {
  kBrightnessU,
  kSaturationU,
  kContrastU,
  kCropY,
  kCropX,
  kCutoutY,
  kCutoutX,
  kFlipU,
  kScaleX,
  kScaleY,
  kAngle,
  kColumns
};

const std::vector<std::string> kNames = {"color", "crop", "cutout", "flip", "scale", "rotate"};

DsaOperation operation_named(const std::string& name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<DsaOperation>(i);
  const auto hint = did_you_mean(nearest(name, kNames));
  throw Error(ErrorKind::user, "\"strategy\" has no operation \"" + name + "\"" + (hint.empty() ? "" : ", " + hint) +
                                   "; it joins some of color, crop, cutout, flip, scale, rotate by \"_\"");
}

/// The uniforms of one draw, in the images' type and on their device.
class Numbers {
 public:
  Numbers(const at::Tensor& uniform, const at::Tensor& images) : uniform_(uniform.to(images.options())) {}
  at::Tensor column(Column which) const { return uniform_.select(1, which); }                        ///< [n]
  at::Tensor image(Column which) const { return column(which).view({-1, 1, 1, 1}); }                 ///< [n,1,1,1]
  at::Tensor integer(Column which, int64_t below) const { return (column(which) * below).floor(); }  ///< 0..below-1

 private:
  at::Tensor uniform_;
};

at::Tensor color(const at::Tensor& images, const Numbers& u) {
  auto x = images + (u.image(kBrightnessU) - 0.5) * kBrightness;
  const auto gray = x.mean(1, /*keepdim=*/true);
  x = (x - gray) * (u.image(kSaturationU) * kSaturation) + gray;
  const auto mean = x.mean({1, 2, 3}, /*keepdim=*/true);
  return (x - mean) * (u.image(kContrastU) + kContrast) + mean;
}

/// [n,side,side]: row i picks pixel i + shift, nothing beyond the border.
at::Tensor shifted_rows(const at::Tensor& shift, int64_t side) {
  const auto pixel = at::arange(side, shift.options());
  return (pixel.view({1, 1, -1}) == pixel.view({1, -1, 1}) + shift.view({-1, 1, 1})).to(shift.options());
}

at::Tensor crop(const at::Tensor& images, const Numbers& u) {
  auto rows = [&](Column which, int64_t side) {
    const auto most = static_cast<int64_t>(static_cast<double>(side) * kShift + 0.5);
    return shifted_rows(u.integer(which, 2 * most + 1) - most, side).unsqueeze(1);
  };
  return rows(kCropY, images.size(2)).matmul(images).matmul(rows(kCropX, images.size(3)).transpose(2, 3));
}

at::Tensor cutout(const at::Tensor& images, const Numbers& u) {
  auto inside = [&](Column which, int64_t side) {
    const auto length = static_cast<int64_t>(static_cast<double>(side) * kCutout + 0.5);
    const auto from = (u.integer(which, side + 1 - length % 2) - length / 2).view({-1, 1});
    const auto pixel = at::arange(side, images.options()).view({1, -1});
    return pixel.ge(from).logical_and(pixel.lt(from + length)).to(images.options());
  };
  const auto hole = inside(kCutoutY, images.size(2)).unsqueeze(2) * inside(kCutoutX, images.size(3)).unsqueeze(1);
  return images * (1 - hole).unsqueeze(1);
}

at::Tensor flip(const at::Tensor& images, const Numbers& u) {
  return at::where(u.image(kFlipU) < kFlip, images.flip(3), images);
}

/// Rows (a, b, 0) and (c, d, 0), each [n] → images resampled there.
at::Tensor affine(const at::Tensor& images, const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                  const at::Tensor& d, bool align_corners) {
  const auto zero = at::zeros_like(a);
  const auto theta = at::stack({a, b, zero, c, d, zero}, 1).view({-1, 2, 3}).expand({images.size(0), 2, 3});
  const auto grid = at::affine_grid_generator(theta, images.sizes(), align_corners);
  return at::grid_sampler(images, grid, /*bilinear*/ 0, /*zeros*/ 0, align_corners);
}

at::Tensor scale(const at::Tensor& images, const Numbers& u, bool align_corners) {
  auto factor = [&](Column which) { return u.column(which) * (kScale - 1 / kScale) + 1 / kScale; };
  const auto zero = at::zeros_like(u.column(kScaleX));
  return affine(images, factor(kScaleX), zero, zero, factor(kScaleY), align_corners);
}

at::Tensor rotate(const at::Tensor& images, const Numbers& u, bool align_corners) {
  const auto angle = (u.column(kAngle) - 0.5) * (2 * kDegrees * std::numbers::pi / 180);
  return affine(images, angle.cos(), -angle.sin(), angle.sin(), angle.cos(), align_corners);
}

}  // namespace

Dsa::Dsa(const std::string& strategy, bool all, bool align_corners) : all_(all), align_corners_(align_corners) {
  std::stringstream parts(strategy);
  for (std::string name; std::getline(parts, name, '_');) operations_.push_back(operation_named(name));
  if (operations_.empty()) operation_named("");
}

DsaDraw Dsa::draw(int64_t count, at::Generator& random) const {
  DsaDraw draw;
  if (!on()) return draw;
  draw.operations = operations_;
  const auto pick = at::rand({1}, random, at::kFloat).item<float>() * static_cast<float>(operations_.size());
  if (!all_) draw.operations = {operations_[static_cast<size_t>(pick)]};
  draw.uniform = at::rand({count, kColumns}, random, at::kFloat);
  return draw;
}

at::Tensor Dsa::apply(const at::Tensor& images, const DsaDraw& draw) const {
  if (draw.operations.empty()) return images;
  RETORT_CHECK(draw.uniform.size(0) == 1 || draw.uniform.size(0) == images.size(0));
  const Numbers u(draw.uniform, images);
  auto x = images;
  for (const auto operation : draw.operations) switch (operation) {
      case DsaOperation::color:
        x = color(x, u);
        break;
      case DsaOperation::crop:
        x = crop(x, u);
        break;
      case DsaOperation::cutout:
        x = cutout(x, u);
        break;
      case DsaOperation::flip:
        x = flip(x, u);
        break;
      case DsaOperation::scale:
        x = scale(x, u, align_corners_);
        break;
      case DsaOperation::rotate:
        x = rotate(x, u, align_corners_);
        break;
    }
  return x;
}

void DsaParams::declare(Declare& d) {
  d.param("augment", augment, "dsa: differentiable augmentation, siamese where real and synthetic images are compared")
      .one_of({"none", "dsa"});
  d.param("strategy", strategy, "Operations of dsa, joined by \"_\"");
  d.param("strategy_all", all, "Apply every operation of the strategy in turn instead of one drawn at random");
  d.param("align_corners", align_corners, "Grid convention of scale and rotate (DC ran with both, MTT with true)");
}

Dsa DsaParams::make() const { return augment == "dsa" ? Dsa(strategy, all, align_corners) : Dsa(); }

}  // namespace retort::match
