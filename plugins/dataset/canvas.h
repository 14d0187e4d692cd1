#pragma once
// Flat drawings with smooth edges. A form is its signed distance: how far a point lies outside of it (negative:
// inside), after Quilez, "2D distance functions"; a pixel is covered by the part of it that lies inside. Only +, −, ×,
// ÷ and square roots are used, which IEEE 754 fixes to the last bit, so that a drawing is the same on every machine.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace retort::drawing {

struct Point {
  double x, y;  ///< to the right, down
  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
  friend Point operator*(double s, Point p) { return {s * p.x, s * p.y}; }
};

inline double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
inline double length(Point p) { return std::sqrt(dot(p, p)); }

using Form = std::function<double(Point)>;

inline Form disc(Point centre, double radius) {
  return [=](Point p) { return length(p - centre) - radius; };
}

/// Close to an ellipse's distance near its edge, which is all that counts.
inline Form oval(Point centre, Point radii) {
  return [=](Point p) {
    const Point unit{(p.x - centre.x) / radii.x, (p.y - centre.y) / radii.y};
    const Point slope{unit.x / radii.x, unit.y / radii.y};
    const double r = length(unit), steepness = length(slope);
    return steepness > 0 ? r * (r - 1) / steepness : -std::min(radii.x, radii.y);
  };
}

inline double distance_to_segment(Point p, Point a, Point b) {
  const Point along = b - a;
  const double part = std::clamp(dot(p - a, along) / dot(along, along), 0.0, 1.0);
  return length(p - a - part * along);
}

/// A line with round ends.
inline Form stroke(Point from, Point to, double width) {
  return [=](Point p) { return distance_to_segment(p, from, to) - width / 2; };
}

/// Any simple polygon; `round` widens it and rounds its corners.
inline Form polygon(std::vector<Point> corners, double round = 0) {
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

inline Form box(Point low, Point high, double round = 0) {
  return polygon({low, {high.x, low.y}, high, {low.x, high.y}}, round);
}

inline Form both(Form a, Form b) {
  return [=](Point p) { return std::max(a(p), b(p)); };
}
inline Form without(Form a, Form b) {
  return [=](Point p) { return std::max(a(p), -b(p)); };
}

using Colour = std::array<double, 3>;  ///< red, green, blue in 0..1

inline Colour mix(const Colour& a, const Colour& b, double part) {
  Colour c;
  for (size_t i = 0; i < 3; ++i) c[i] = a[i] + part * (b[i] - a[i]);
  return c;
}
inline Colour darker(const Colour& c, double part) { return mix(c, {0, 0, 0}, part); }
inline Colour lighter(const Colour& c, double part) { return mix(c, {1, 1, 1}, part); }

/// Where a drawing lies on the canvas. A drawing fills −1..1 in both directions.
struct Pose {
  Point centre{0.5, 0.5};  ///< in parts of the canvas
  double scale = 0.5;      ///< half of the drawing's side, in parts of the canvas
  double cosine = 1, sine = 0;
  bool mirrored = false;

  Point to_drawing(Point p) const {
    const Point d = (1 / scale) * (p - centre);
    const Point turned{cosine * d.x + sine * d.y, cosine * d.y - sine * d.x};
    return {mirrored ? -turned.x : turned.x, turned.y};
  }
};

class Canvas {
 public:
  explicit Canvas(int64_t size) : size_(size), pixels_(static_cast<size_t>(size * size)) {}

  /// What is painted from now on lies there.
  void lay(const Pose& pose) { pose_ = pose; }

  /// `opacity` 1 covers what was there.
  void paint(const Form& form, const Colour& colour, double opacity = 1) {
    const double pixels_a_unit = pose_.scale * static_cast<double>(size_);
    each([&](Point p, Colour& pixel) {
      const double covered = std::clamp(0.5 - form(pose_.to_drawing(p)) * pixels_a_unit, 0.0, 1.0);
      if (covered > 0) pixel = mix(pixel, colour, covered * opacity);
    });
  }

  /// `what(point, colour)` gives each pixel its new colour; points lie in 0..1, from the upper left corner.
  template <class What>
  void change(What what) {
    each([&](Point p, Colour& pixel) { pixel = what(p, pixel); });
  }

  /// uint8 [3, size, size].
  void write(uint8_t* planes) const {
    for (size_t c = 0; c < 3; ++c)
      for (const Colour& pixel : pixels_)
        *planes++ = static_cast<uint8_t>(std::clamp(pixel[c] * 255 + 0.5, 0.0, 255.0));
  }

 private:
  template <class Visit>
  void each(Visit visit) {
    const double step = 1.0 / static_cast<double>(size_);
    for (int64_t i = 0; i < size_ * size_; ++i) {
      const Point middle{(static_cast<double>(i % size_) + 0.5) * step, (static_cast<double>(i / size_) + 0.5) * step};
      visit(middle, pixels_[static_cast<size_t>(i)]);
    }
  }

  int64_t size_;
  std::vector<Colour> pixels_;
  Pose pose_;
};

}  // namespace retort::drawing
