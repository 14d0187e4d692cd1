#include "canvas.h"

#include <algorithm>

namespace retort::drawing {
namespace {

double distance_to_segment(Point p, Point a, Point b) {
  const Point along = b - a;
  const double part = std::clamp(dot(p - a, along) / dot(along, along), 0.0, 1.0);
  return length(p - a - part * along);
}

}  // namespace

Form disc(Point centre, double radius) {
  return [=](Point p) { return length(p - centre) - radius; };
}

Form oval(Point centre, Point radii) {
  return [=](Point p) {
    const Point unit{(p.x - centre.x) / radii.x, (p.y - centre.y) / radii.y};
    const Point slope{unit.x / radii.x, unit.y / radii.y};
    const double r = length(unit), steepness = length(slope);
    return steepness > 0 ? r * (r - 1) / steepness : -std::min(radii.x, radii.y);
  };
}

Form stroke(Point from, Point to, double width) {
  return [=](Point p) { return distance_to_segment(p, from, to) - width / 2; };
}

Form polygon(std::vector<Point> corners, double round) {
  return [=](Point p) {
    double nearest = 1e9;
    bool inside = false;
    for (size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
      const Point a = corners[i], b = corners[j];
      nearest = std::min(nearest, distance_to_segment(p, a, b));
      if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (b.x - a.x) * (p.y - a.y) / (b.y - a.y)) inside = !inside;
    }
    return (inside ? -nearest : nearest) - round;
  };
}

Form box(Point low, Point high, double round) { return polygon({low, {high.x, low.y}, high, {low.x, high.y}}, round); }

Form both(Form a, Form b) {
  return [=](Point p) { return std::max(a(p), b(p)); };
}

Form without(Form a, Form b) {
  return [=](Point p) { return std::max(a(p), -b(p)); };
}

Colour mix(const Colour& a, const Colour& b, double part) {
  Colour c;
  for (size_t i = 0; i < 3; ++i) c[i] = a[i] + part * (b[i] - a[i]);
  return c;
}

Point Pose::to_drawing(Point p) const {
  const Point d = (1 / scale) * (p - centre);
  const Point turned{cosine * d.x + sine * d.y, cosine * d.y - sine * d.x};
  return {mirrored ? -turned.x : turned.x, turned.y};
}

void Canvas::paint(const Form& form, const Colour& colour, double opacity) {
  const double pixels_a_unit = pose_.scale * static_cast<double>(size_);
  each([&](Point p, Colour& pixel) {
    const double covered = std::clamp(0.5 - form(pose_.to_drawing(p)) * pixels_a_unit, 0.0, 1.0);
    if (covered > 0) pixel = mix(pixel, colour, covered * opacity);
  });
}

void Canvas::write(uint8_t* planes) const {
  for (size_t c = 0; c < 3; ++c)
    for (const Colour& pixel : pixels_) *planes++ = static_cast<uint8_t>(std::clamp(pixel[c] * 255 + 0.5, 0.0, 255.0));
}

}  // namespace retort::drawing
