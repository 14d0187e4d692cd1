// A data set made from nothing: textured shapes on cluttered grounds. A class is a form with a texture ("striped
// disc"); place, size, turn, period and all colours are random, so pixels alone say little and colour nothing, while a
// small network learns it in minutes.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "drawn.h"

namespace {

using retort::vision::SplitMix;

constexpr std::array kForms = {"disc", "square", "triangle", "cross", "ring"};
constexpr std::array kTextures = {"striped", "checked", "dotted", "plain"};
constexpr int64_t kClasses = kForms.size() * kTextures.size();
constexpr int kSamples = 2;  // a pixel is the mean of 2 × 2

std::string class_name(int64_t c) {
  return std::string(kTextures[static_cast<size_t>(c) / kForms.size()]) + " " +
         kForms[static_cast<size_t>(c) % kForms.size()];
}

using Colour = std::array<double, 3>;

double luma(const Colour& c) { return 0.2989 * c[0] + 0.587 * c[1] + 0.114 * c[2]; }
Colour draw_colour(SplitMix& random) { return {random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, 1)}; }

/// A colour that stays apart from `other` when all colour is taken away.
Colour draw_apart(SplitMix& random, const Colour& other, double distance) {
  for (;;) {
    const auto colour = draw_colour(random);
    if (std::abs(luma(colour) - luma(other)) >= distance) return colour;
  }
}

/// True inside the form; u, v in units of its radius, turned with it.
bool inside(size_t form, double u, double v) {
  const double r = std::hypot(u, v), largest = std::max(std::abs(u), std::abs(v));
  switch (form) {
    case 0:
      return r < 1;
    case 1:
      return largest < 0.85;
    case 2:
      return v < 0.7 && v > 1.9 * std::abs(u) - 1;
    case 3:
      return largest < 1 && std::min(std::abs(u), std::abs(v)) < 0.36;
    default:
      return r < 1.05 && r > 0.55;
  }
}

/// Which of the texture's two colours; x, y in periods.
bool second_colour(size_t texture, double x, double y) {
  const auto odd = [](double t) { return (static_cast<int64_t>(std::floor(t)) & 1) != 0; };
  const auto offset = [](double t) { return t - std::floor(t) - 0.5; };
  switch (texture) {
    case 0:
      return odd(2 * x);
    case 1:
      return odd(2 * x) != odd(2 * y);
    case 2:
      return std::hypot(offset(x), offset(y)) < 0.3;
    default:
      return false;
  }
}

/// One image: where things lie and what colours they have.
class Scene {
 public:
  Scene(int64_t label, SplitMix& random)
      : form_(static_cast<size_t>(label) % kForms.size()), texture_(static_cast<size_t>(label) / kForms.size()) {
    ground_ = draw_colour(random);
    first_ = draw_apart(random, ground_, 0.3);
    second_ = draw_apart(random, first_, 0.3);
    for (double& slope : slope_) slope = random.uniform(-0.2, 0.2);
    radius_ = random.uniform(0.26, 0.42);
    x_ = random.uniform(radius_ * 0.8, 1 - radius_ * 0.8);
    y_ = random.uniform(radius_ * 0.8, 1 - radius_ * 0.8);
    turn_ = random.uniform(-0.35, 0.35);
    period_ = random.uniform(0.15, 0.24);
    phase_x_ = random.uniform(0, 1);
    phase_y_ = random.uniform(0, 1);
    direction_ = random.uniform(0, std::numbers::pi);
  }

  /// x, y in 0..1.
  Colour at(double x, double y) const {
    const double dx = (x - x_) / radius_, dy = (y - y_) / radius_;
    const double u = std::cos(turn_) * dx + std::sin(turn_) * dy, v = std::cos(turn_) * dy - std::sin(turn_) * dx;
    if (inside(form_, u, v)) {
      const double a = (std::cos(direction_) * x + std::sin(direction_) * y) / period_ + phase_x_;
      const double b = (std::cos(direction_) * y - std::sin(direction_) * x) / period_ + phase_y_;
      return second_colour(texture_, a, b) ? second_ : first_;
    }
    Colour colour = ground_;
    for (double& value : colour) value += slope_[0] * (x - 0.5) + slope_[1] * (y - 0.5);
    return colour;
  }

 private:
  size_t form_, texture_;
  Colour ground_, first_, second_;
  std::array<double, 2> slope_;
  double radius_, x_, y_, turn_, period_, phase_x_, phase_y_, direction_;
};

void draw_image(int64_t label, int64_t size, SplitMix random, uint8_t* planes) {
  const Scene scene(label, random);
  const double step = 1.0 / static_cast<double>(size * kSamples);
  for (int64_t row = 0; row < size; ++row) {
    for (int64_t column = 0; column < size; ++column) {
      Colour sum{};
      for (int s = 0; s < kSamples * kSamples; ++s) {
        const auto colour = scene.at((static_cast<double>(column * kSamples + s % kSamples) + 0.5) * step,
                                     (static_cast<double>(row * kSamples + s / kSamples) + 0.5) * step);
        for (size_t c = 0; c < 3; ++c) sum[c] += colour[c] / (kSamples * kSamples);
      }
      for (size_t c = 0; c < 3; ++c) {
        const double value = sum[c] + random.uniform(-0.06, 0.06);
        planes[static_cast<int64_t>(c) * size * size + row * size + column] =
            static_cast<uint8_t>(std::clamp(value * 255 + 0.5, 0.0, 255.0));
      }
    }
  }
}

class Shapes final : public retort::DrawnDataset {
  int64_t classes_ = 10;

 public:
  Shapes() : DrawnDataset("dataset.shapes") {}

  void declare(retort::Declare& d) override {
    d.about("Textured shapes, drawn here: a class is a form with a texture, colour says nothing");
    d.param("classes", classes_, "Forms come first: 5 forms, then the next texture").between(2, kClasses);
    declare_sizes(d, {{"param", "classes"}});
  }

 private:
  std::vector<std::string> class_names() const override {
    std::vector<std::string> names;
    for (int64_t c = 0; c < classes_; ++c) names.push_back(class_name(c));
    return names;
  }
  void draw(int64_t label, int64_t size, SplitMix random, uint8_t* planes) const override {
    draw_image(label, size, random, planes);
  }
};

}  // namespace

RETORT_PLUGIN(Shapes, "dataset.shapes")
