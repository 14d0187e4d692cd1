// A data set made from nothing: ten things, drawn. Place, size, turn, mirroring, ground, light and shades of colour are
// random: the differences that views of self-supervised learning take away. What is left is the thing.
#include <algorithm>

#include "drawn.h"
#include "picture_book.h"

namespace {

using retort::vision::SplitMix;
using namespace retort::drawing;

/// Bright or dark, little saturated.
Colour ground_colour(SplitMix& random) {
  const double grey = random.uniform(0.2, 0.85);
  Colour colour;
  for (double& value : colour) value = std::clamp(grey + random.uniform(-0.2, 0.2), 0.0, 1.0);
  return colour;
}

/// From one colour to another, in some direction.
void lay_ground(Canvas& canvas, SplitMix& random) {
  const Colour from = ground_colour(random), to = mix(from, ground_colour(random), 0.6);
  const Point slope{random.uniform(-1, 1), random.uniform(-1, 1)};
  canvas.change([&](Point p, const Colour&) {
    return mix(from, to, std::clamp(0.5 + slope.x * (p.x - 0.5) + slope.y * (p.y - 0.5), 0.0, 1.0));
  });
}

Pose draw_pose(SplitMix& random) {
  Pose pose;
  pose.centre = {random.uniform(0.42, 0.58), random.uniform(0.42, 0.58)};
  pose.scale = random.uniform(0.34, 0.46);
  const double t = random.uniform(-0.13, 0.13);  // tangent of half the angle: 15° to either side
  pose.cosine = (1 - t * t) / (1 + t * t);
  pose.sine = 2 * t / (1 + t * t);
  pose.mirrored = random.coin();
  return pose;
}

/// Brighter or darker, from some side, of some colour, with a little noise.
void shine(Canvas& canvas, SplitMix& random) {
  const double brightness = random.uniform(0.75, 1.15);
  const Colour cast{random.uniform(0.88, 1.12), random.uniform(0.88, 1.12), random.uniform(0.88, 1.12)};
  const Point side{random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5)};
  canvas.change([&](Point p, Colour colour) {
    const double here = brightness * (1 + side.x * (p.x - 0.5) + side.y * (p.y - 0.5));
    for (size_t i = 0; i < 3; ++i) colour[i] = colour[i] * here * cast[i] + random.uniform(-0.02, 0.02);
    return colour;
  });
}

class Icons final : public retort::DrawnDataset {
  static constexpr auto kThings = static_cast<int64_t>(kPictures.size());
  int64_t classes_ = kThings;

 public:
  Icons() : DrawnDataset("dataset.icons") {}

  void declare(retort::Declare& d) override {
    d.about("Sun, house, fish and seven more things, drawn here, anywhere, on any ground, in any light");
    d.param("classes", classes_, "How many of the ten things").between(2, kThings);
    declare_sizes(d, {{"param", "classes"}});
  }

 private:
  std::vector<std::string> class_names() const override {
    std::vector<std::string> names;
    for (int64_t c = 0; c < classes_; ++c) names.emplace_back(kPictures[static_cast<size_t>(c)].name);
    return names;
  }

  void draw(int64_t label, int64_t size, SplitMix random, uint8_t* planes) const override {
    Canvas canvas(size);
    lay_ground(canvas, random);
    canvas.lay(draw_pose(random));
    kPictures[static_cast<size_t>(label)].draw(canvas, random);
    shine(canvas, random);
    canvas.write(planes);
  }
};

}  // namespace

RETORT_PLUGIN(Icons, "dataset.icons")
