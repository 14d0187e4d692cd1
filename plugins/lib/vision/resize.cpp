#include "vision/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"

namespace retort::vision {
namespace {

constexpr int kFractionBits = 32 - 8 - 2;  // of a weight: two bits are left for sums outside 0..255 (bicubic)

double bilinear(double x) {
  x = std::fabs(x);
  return x < 1 ? 1 - x : 0;
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// Result i of one axis: the sum of weights[i·reach + k] · source[first[i] + k], k < count[i].
struct Weights {
  int reach = 0;
  std::vector<int> first, count;
  std::vector<int32_t> weights;
};

Weights weights_of(int from, int to, Filter filter, bool antialias) {
  const auto curve = filter == Filter::bilinear ? bilinear : bicubic;
  const double scale = static_cast<double>(from) / to;
  const double widening = antialias ? std::max(scale, 1.0) : 1.0;
  const double support = (filter == Filter::bilinear ? 1.0 : 2.0) * widening;
  const double narrowing = 1.0 / widening;
  Weights result;
  result.reach = static_cast<int>(std::ceil(support)) * 2 + 1;
  result.first.resize(static_cast<size_t>(to));
  result.count.resize(static_cast<size_t>(to));
  result.weights.resize(static_cast<size_t>(to) * static_cast<size_t>(result.reach));
  std::vector<double> exact(static_cast<size_t>(result.reach));
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), from) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) sum += exact[size_t(k)] = curve((k + first - center + 0.5) * narrowing);
    int32_t* out = &result.weights[size_t(i) * size_t(result.reach)];
    for (int k = 0; k < count; ++k) {
      const double weight = (sum != 0 ? exact[size_t(k)] / sum : exact[size_t(k)]) * (1 << kFractionBits);
      out[k] = static_cast<int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    result.first[size_t(i)] = first;
    result.count[size_t(i)] = count;
  }
  return result;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

template <int kChannels>
void resize_row_of(const uint8_t* from, uint8_t* to, const Weights& axis) {
  for (size_t i = 0; i < axis.first.size(); ++i) {
    const int32_t* weight = &axis.weights[i * size_t(axis.reach)];
    const uint8_t* pixel = from + size_t(axis.first[i]) * kChannels;
    int32_t sum[kChannels];
    std::fill_n(sum, kChannels, 1 << (kFractionBits - 1));
    for (int k = 0; k < axis.count[i]; ++k, pixel += kChannels) {
      for (int c = 0; c < kChannels; ++c) sum[c] += pixel[c] * weight[k];
    }
    for (int c = 0; c < kChannels; ++c) *to++ = rounded(sum[c]);
  }
}

Picture resize_width(const Picture& picture, int width, Filter filter, bool antialias) {
  const Weights axis = weights_of(picture.width, width, filter, antialias);
  Picture result(width, picture.height, picture.channels);
  const auto resize_row = picture.channels == 3 ? resize_row_of<3> : resize_row_of<1>;
  for (int y = 0; y < picture.height; ++y) resize_row(picture.row(y), result.row(y), axis);
  return result;
}

Picture resize_height(const Picture& picture, int height, Filter filter, bool antialias) {
  const Weights axis = weights_of(picture.height, height, filter, antialias);
  Picture result(picture.width, height, picture.channels);
  const size_t bytes = picture.row_bytes();
  std::vector<int32_t> sum(bytes);
  for (int y = 0; y < height; ++y) {
    std::fill(sum.begin(), sum.end(), 1 << (kFractionBits - 1));
    for (int k = 0; k < axis.count[size_t(y)]; ++k) {
      const int32_t weight = axis.weights[size_t(y) * size_t(axis.reach) + size_t(k)];
      const uint8_t* row = picture.row(axis.first[size_t(y)] + k);
      for (size_t x = 0; x < bytes; ++x) sum[x] += row[x] * weight;
    }
    uint8_t* out = result.row(y);
    for (size_t x = 0; x < bytes; ++x) out[x] = rounded(sum[x]);
  }
  return result;
}

/// Python's round(): a half goes to the even neighbour.
int half_of(int margin) {
  const int down = margin >> 1;
  return (margin & 1) != 0 && (down & 1) != 0 ? down + 1 : down;
}

}  // namespace

Picture resize(const Picture& picture, int width, int height, Filter filter, bool antialias) {
  RETORT_CHECK(width > 0 && height > 0 && picture.width > 0 && picture.height > 0);
  if (width == picture.width)
    return height == picture.height ? picture : resize_height(picture, height, filter, antialias);
  const Picture wide = resize_width(picture, width, filter, antialias);
  return height == picture.height ? wide : resize_height(wide, height, filter, antialias);
}

Picture resize_shorter(const Picture& picture, int side, Filter filter) {
  const auto longer = [side](int shorter, int longer_side) {
    return static_cast<int>(int64_t{side} * longer_side / shorter);
  };
  if (picture.width <= picture.height) return resize(picture, side, longer(picture.width, picture.height), filter);
  return resize(picture, longer(picture.height, picture.width), side, filter);
}

Picture cut_out(const Picture& picture, int top, int left, int height, int width) {
  RETORT_CHECK(top >= 0 && left >= 0 && top + height <= picture.height && left + width <= picture.width);
  Picture result(width, height, picture.channels);
  for (int y = 0; y < height; ++y)
    std::memcpy(result.row(y), picture.row(top + y) + size_t(left) * size_t(picture.channels), result.row_bytes());
  return result;
}

Picture center_crop(const Picture& picture, int width, int height) {
  Picture result(width, height, picture.channels);
  // Where the picture is smaller, torchvision pads first: the left and top margins get the smaller half.
  const int pad_left = std::max(width - picture.width, 0) / 2, pad_top = std::max(height - picture.height, 0) / 2;
  const int left = half_of(std::max(picture.width - width, 0)), top = half_of(std::max(picture.height - height, 0));
  const size_t bytes = size_t(std::min(width, picture.width)) * size_t(picture.channels);
  for (int y = 0; y < std::min(height, picture.height); ++y) {
    std::memcpy(result.row(pad_top + y) + size_t(pad_left) * size_t(picture.channels),
                picture.row(top + y) + size_t(left) * size_t(picture.channels), bytes);
  }
  return result;
}

}  // namespace retort::vision
