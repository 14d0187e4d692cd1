// A data set made from nothing: textured shapes on cluttered grounds. A class is a form with a texture ("striped
// disc"); place, size, turn, period and all colours are random, so pixels alone say little and colour nothing, while a
// small network learns it in minutes.
#include <ATen/ATen.h>
#include <sdk/node.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "vision/dataset_outputs.h"

namespace {

namespace vision = retort::vision;

constexpr std::array kForms = {"disc", "square", "triangle", "cross", "ring"};
constexpr std::array kTextures = {"striped", "checked", "dotted", "plain"};
constexpr int64_t kClasses = kForms.size() * kTextures.size();
constexpr int kSamples = 2;  // a pixel is the mean of 2 × 2

std::string class_name(int64_t c) {
  return std::string(kTextures[static_cast<size_t>(c) / kForms.size()]) + " " +
         kForms[static_cast<size_t>(c) % kForms.size()];
}

/// Small and the same everywhere, unlike std's distributions (SplitMix64; Steele et al., 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t state_;
};

using Colour = std::array<double, 3>;

double luma(const Colour& c) { return 0.2989 * c[0] + 0.587 * c[1] + 0.114 * c[2]; }
Colour draw_colour(Random& random) { return {random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, 1)}; }

/// A colour that stays apart from `other` when all colour is taken away.
Colour draw_apart(Random& random, const Colour& other, double distance) {
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
  Scene(int64_t label, Random& random)
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

void draw_image(int64_t label, int64_t size, Random random, uint8_t* planes) {
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

class Shapes final : public retort::Node {
  int64_t classes_ = 10;
  int64_t per_class_ = 500, val_per_class_ = 0, test_per_class_ = 100;
  int64_t size_ = 32;
  int64_t seed_ = 0;
  vision::DatasetOutputs outputs_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Textured shapes, drawn here: a class is a form with a texture, colour says nothing");
    d.param("classes", classes_, "Forms come first: 5 forms, then the next texture").between(2, kClasses);
    d.param("per_class", per_class_, "Training images a class").at_least(1);
    d.param("val_per_class", val_per_class_, "Further images a class for val").at_least(0).neutral(0);
    d.param("test_per_class", test_per_class_, "Test images a class").at_least(1);
    d.param("size", size_, "Side of an image in pixels").between(16, 256);
    d.param("seed", seed_, "Another number gives other images of the same classes").at_least(0);
    outputs_.declare(d, {{"param", "classes"}}, {{"param", "size"}});
  }

  void run(retort::Run& run) override {
    vision::Parts parts{draw_set("train", per_class_, run), draw_set("val", val_per_class_, run)};
    outputs_.write(parts, draw_set("test", test_per_class_, run));
  }

 private:
  /// Classes take turns, so that any prefix is balanced.
  retort::LabelledImages draw_set(const std::string& part, int64_t per_class, retort::Run& run) const {
    const int64_t count = per_class * classes_;
    retort::LabelledImages set;
    set.images = at::empty({count, 3, size_, size_}, at::kByte);
    set.labels = at::arange(count, at::kLong).remainder_(classes_);
    set.normalization = {"custom", {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
    for (int64_t c = 0; c < classes_; ++c) set.classes.push_back(class_name(c));
    for (int64_t i = 0; i < count; ++i) {
      if (i % 256 == 0) run.stop_if_cancelled();
      Random random(
          retort::stream_seed(static_cast<uint64_t>(seed_), "dataset.shapes", part, 0, static_cast<uint64_t>(i)));
      draw_image(i % classes_, size_, random, set.images.data_ptr<uint8_t>() + i * 3 * size_ * size_);
    }
    return set;
  }
};

}  // namespace

RETORT_PLUGIN(Shapes, "dataset.shapes")
