#include "picture_book.h"

#include <algorithm>

namespace retort::drawing {
namespace {

/// A colour near `usual`.
Colour near(const Colour& usual, vision::SplitMix& random) {
  Colour c;
  for (size_t i = 0; i < 3; ++i) c[i] = std::clamp(usual[i] + random.uniform(-0.12, 0.12), 0.0, 1.0);
  return c;
}

/// One of several usual colours, varied.
template <size_t N>
Colour one_of(const std::array<Colour, N>& usual, vision::SplitMix& random) {
  const auto which = static_cast<size_t>(random.uniform(0, static_cast<double>(N)));
  return near(usual[std::min(which, N - 1)], random);
}

constexpr std::array<Point, 8> kEight = {
    {{1, 0}, {0.7071, 0.7071}, {0, 1}, {-0.7071, 0.7071}, {-1, 0}, {-0.7071, -0.7071}, {0, -1}, {0.7071, -0.7071}}};
constexpr std::array<Point, 5> kFive = {
    {{0, -1}, {0.9511, -0.3090}, {0.5878, 0.8090}, {-0.5878, 0.8090}, {-0.9511, -0.3090}}};

void sun(Canvas& canvas, vision::SplitMix& random) {
  const Colour gold = near({0.98, 0.78, 0.16}, random);
  for (const Point& way : kEight) {
    const Point aside{-way.y, way.x};
    canvas.paint(polygon({0.62 * way + 0.17 * aside, 1.0 * way, 0.62 * way - 0.17 * aside}), gold);
  }
  canvas.paint(disc({0, 0}, 0.52), gold);
  canvas.paint(disc({0, 0}, 0.42), lighter(gold, 0.25));
}

void house(Canvas& canvas, vision::SplitMix& random) {
  const Colour wall = one_of<3>({{{0.95, 0.88, 0.72}, {0.90, 0.90, 0.88}, {0.93, 0.76, 0.58}}}, random);
  const Colour roof = one_of<2>({{{0.78, 0.22, 0.16}, {0.45, 0.25, 0.20}}}, random);
  canvas.paint(box({0.38, -0.85}, {0.58, -0.3}), darker(roof, 0.35));
  canvas.paint(box({-0.68, -0.15}, {0.68, 0.88}), wall);
  canvas.paint(polygon({{-0.98, -0.06}, {0, -0.95}, {0.98, -0.06}}), roof);
  canvas.paint(box({-0.14, 0.32}, {0.2, 0.88}), darker(roof, 0.3));
  canvas.paint(box({-0.5, 0.14}, {-0.26, 0.44}), near({0.35, 0.55, 0.75}, random));
  canvas.paint(box({0.32, 0.14}, {0.56, 0.44}), near({0.35, 0.55, 0.75}, random));
}

void fish(Canvas& canvas, vision::SplitMix& random) {
  const Colour scales = one_of<3>({{{0.95, 0.50, 0.15}, {0.25, 0.50, 0.85}, {0.85, 0.25, 0.30}}}, random);
  canvas.paint(polygon({{0.3, 0}, {0.95, -0.5}, {0.8, 0}, {0.95, 0.5}}, 0.03), darker(scales, 0.25));
  canvas.paint(polygon({{-0.2, -0.35}, {0.2, -0.75}, {0.35, -0.2}}, 0.03), darker(scales, 0.25));
  canvas.paint(oval({-0.2, 0}, {0.75, 0.48}), scales);
  canvas.paint(both(oval({-0.2, 0}, {0.75, 0.48}), box({-0.02, -0.6}, {0.12, 0.6})), lighter(scales, 0.55));
  canvas.paint(disc({-0.55, -0.1}, 0.13), {0.98, 0.98, 0.98});
  canvas.paint(disc({-0.57, -0.1}, 0.07), {0.08, 0.08, 0.1});
}

void star(Canvas& canvas, vision::SplitMix& random) {
  const Colour yellow = one_of<2>({{{0.98, 0.85, 0.25}, {0.95, 0.62, 0.20}}}, random);
  std::vector<Point> outline;
  for (size_t i = 0; i < 5; ++i) {
    outline.push_back(kFive[i]);
    outline.push_back(-0.42 * kFive[(i + 3) % 5]);
  }
  canvas.paint(polygon(outline, 0.03), yellow);
}

void flower(Canvas& canvas, vision::SplitMix& random) {
  const Colour petal = one_of<3>({{{0.93, 0.35, 0.55}, {0.97, 0.95, 0.97}, {0.60, 0.38, 0.85}}}, random);
  const Colour green = near({0.25, 0.58, 0.25}, random);
  const Point heart{0, -0.36};
  canvas.paint(stroke({0, -0.2}, {0, 1.0}, 0.14), green);
  canvas.paint(oval({0.36, 0.68}, {0.36, 0.16}), green);
  canvas.paint(oval({-0.36, 0.8}, {0.36, 0.16}), green);
  for (const Point& way : kFive) canvas.paint(disc(heart + 0.41 * way, 0.3), petal);
  canvas.paint(disc(heart, 0.25), near({0.95, 0.75, 0.2}, random));
}

void car(Canvas& canvas, vision::SplitMix& random) {
  const Colour paint = one_of<3>({{{0.85, 0.18, 0.16}, {0.20, 0.40, 0.80}, {0.20, 0.60, 0.40}}}, random);
  canvas.paint(polygon({{-0.5, -0.1}, {-0.28, -0.52}, {0.34, -0.52}, {0.62, -0.1}}, 0.06), paint);
  canvas.paint(polygon({{-0.36, -0.08}, {-0.2, -0.4}, {0.0, -0.4}, {0.0, -0.08}}), {0.80, 0.90, 0.96});
  canvas.paint(polygon({{0.1, -0.08}, {0.1, -0.4}, {0.28, -0.4}, {0.46, -0.08}}), {0.80, 0.90, 0.96});
  canvas.paint(box({-0.9, -0.04}, {0.9, 0.3}, 0.08), paint);
  for (double x : {-0.5, 0.5}) {
    canvas.paint(disc({x, 0.38}, 0.26), {0.12, 0.12, 0.14});
    canvas.paint(disc({x, 0.38}, 0.11), {0.72, 0.72, 0.75});
  }
}

void tree(Canvas& canvas, vision::SplitMix& random) {
  const Colour leaves = near({0.18, 0.50, 0.22}, random);
  canvas.paint(box({-0.17, 0.6}, {0.17, 1.0}), near({0.45, 0.30, 0.18}, random));
  canvas.paint(polygon({{-0.95, 0.7}, {0, -0.3}, {0.95, 0.7}}), darker(leaves, 0.15));
  canvas.paint(polygon({{-0.75, 0.15}, {0, -0.65}, {0.75, 0.15}}), leaves);
  canvas.paint(polygon({{-0.52, -0.36}, {0, -1.05}, {0.52, -0.36}}), lighter(leaves, 0.15));
}

void cat(Canvas& canvas, vision::SplitMix& random) {
  const Colour fur = one_of<3>({{{0.90, 0.58, 0.25}, {0.50, 0.50, 0.52}, {0.30, 0.26, 0.26}}}, random);
  for (double side : {-1.0, 1.0}) {
    canvas.paint(polygon({{0.86 * side, -0.92}, {0.80 * side, 0.1}, {0.15 * side, -0.5}}, 0.03), fur);
    canvas.paint(polygon({{0.74 * side, -0.68}, {0.72 * side, -0.3}, {0.42 * side, -0.5}}), lighter(fur, 0.5));
  }
  canvas.paint(oval({0, 0.18}, {0.86, 0.74}), fur);
  for (double side : {-1.0, 1.0}) {
    canvas.paint(oval({0.36 * side, 0.04}, {0.17, 0.2}), {0.80, 0.90, 0.35});
    canvas.paint(oval({0.36 * side, 0.04}, {0.06, 0.18}), {0.05, 0.05, 0.05});
    canvas.paint(stroke({0.2 * side, 0.46}, {1.0 * side, 0.36}, 0.04), lighter(fur, 0.7));
    canvas.paint(stroke({0.2 * side, 0.54}, {1.0 * side, 0.64}, 0.04), lighter(fur, 0.7));
  }
  canvas.paint(polygon({{-0.12, 0.34}, {0.12, 0.34}, {0, 0.5}}, 0.02), {0.92, 0.55, 0.58});
}

void umbrella(Canvas& canvas, vision::SplitMix& random) {
  const Colour cloth = one_of<3>({{{0.82, 0.18, 0.25}, {0.20, 0.35, 0.75}, {0.55, 0.25, 0.65}}}, random);
  const Colour handle = near({0.40, 0.26, 0.16}, random);
  canvas.paint(stroke({0, -0.9}, {0, 0.74}, 0.1), handle);
  canvas.paint(without(both(disc({0.18, 0.74}, 0.23), box({-0.2, 0.74}, {0.6, 1.2})), disc({0.18, 0.74}, 0.13)),
               handle);
  const Form dome = both(disc({0, 0.1}, 0.96), box({-1.2, -1.2}, {1.2, 0.1}));
  canvas.paint(dome, cloth);
  canvas.paint(both(dome, oval({0, 0.1}, {0.34, 0.98})), lighter(cloth, 0.5));
}

void moon(Canvas& canvas, vision::SplitMix& random) {
  const Colour pale = near({0.95, 0.92, 0.70}, random);
  canvas.paint(without(disc({-0.1, 0}, 0.92), disc({0.34, -0.12}, 0.74)), pale);
}

}  // namespace

const std::array<Picture, 10> kPictures = {
    Picture{"sun", sun},           Picture{"house", house}, Picture{"fish", fish}, Picture{"star", star},
    Picture{"flower", flower},     Picture{"car", car},     Picture{"tree", tree}, Picture{"cat", cat},
    Picture{"umbrella", umbrella}, Picture{"moon", moon}};

}  // namespace retort::drawing
