#pragma once
// Flat drawings with smooth edges. A form is its signed distance: how far a point lies outside of it (negative:
// inside), after Quilez, "2D distance functions"; a pixel is covered by the part of it that lies inside. Only +, −, ×,
// ÷ and square roots are used, which IEEE 754 fixes to the last bit, so that a drawing is the same on every machine.
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

Form disc(Point centre, double radius);

/// Close to an ellipse's distance near its edge, which is all that counts.
Form oval(Point centre, Point radii);

/// A line with round ends.
Form stroke(Point from, Point to, double width);

/// Any simple polygon; `round` widens it and rounds its corners.
Form polygon(std::vector<Point> corners, double round = 0);

Form box(Point low, Point high, double round = 0);

Form both(Form a, Form b);
Form without(Form a, Form b);

using Colour = std::array<double, 3>;  ///< red, green, blue in 0..1

Colour mix(const Colour& a, const Colour& b, double part);
inline Colour darker(const Colour& c, double part) { return mix(c, {0, 0, 0}, part); }
inline Colour lighter(const Colour& c, double part) { return mix(c, {1, 1, 1}, part); }

/// Where a drawing lies on the canvas. A drawing fills −1..1 in both directions.
struct Pose {
  Point centre{0.5, 0.5};  ///< in parts of the canvas
  double scale = 0.5;      ///< half of the drawing's side, in parts of the canvas
  double cosine = 1, sine = 0;
  bool mirrored = false;

  Point to_drawing(Point p) const;
};

class Canvas {
 public:
  explicit Canvas(int64_t size) : size_(size), pixels_(static_cast<size_t>(size * size)) {}

  /// What is painted from now on lies there.
  void lay(const Pose& pose) { pose_ = pose; }

  /// `opacity` 1 covers what was there.
  void paint(const Form& form, const Colour& colour, double opacity = 1);

  /// `what(point, colour)` gives each pixel its new colour; points lie in 0..1, from the upper left corner.
  template <class What>
  void change(What what) {
    each([&](Point p, Colour& pixel) { pixel = what(p, pixel); });
  }

  /// uint8 [3, size, size].
  void write(uint8_t* planes) const;

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
