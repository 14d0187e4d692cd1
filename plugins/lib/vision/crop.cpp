#include "vision/crop.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace retort::vision {
namespace {

constexpr int64_t kAttempts = 10;
constexpr int64_t kDraws = 2 * kAttempts + 2;

Box centred(int64_t height, int64_t width, const CropRange& range) {
  const double ratio = static_cast<double>(width) / static_cast<double>(height);
  int64_t h = height, w = width;
  if (ratio < range.ratio_low) h = std::llround(static_cast<double>(width) / range.ratio_low);
  if (ratio > range.ratio_high) w = std::llround(static_cast<double>(height) * range.ratio_high);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

Box box_from(const double* u, int64_t height, int64_t width, const CropRange& range) {
  const double area = static_cast<double>(height * width);
  const double low = std::log(range.ratio_low), high = std::log(range.ratio_high);
  for (int64_t i = 0; i < kAttempts; ++i) {
    const double part = area * (range.scale_low + (range.scale_high - range.scale_low) * u[2 * i]);
    const double ratio = std::exp(low + (high - low) * u[2 * i + 1]);
    const int64_t w = std::llround(std::sqrt(part * ratio)), h = std::llround(std::sqrt(part / ratio));
    if (w <= 0 || h <= 0 || w > width || h > height) continue;
    const auto top = static_cast<int64_t>(u[kDraws - 2] * static_cast<double>(height - h + 1));
    const auto left = static_cast<int64_t>(u[kDraws - 1] * static_cast<double>(width - w + 1));
    return {top, left, h, w};
  }
  return centred(height, width, range);
}

at::Tensor as_tensor(const std::vector<Box>& boxes) {
  auto out = at::empty({static_cast<int64_t>(boxes.size()), 4}, at::kLong);
  auto* p = out.data_ptr<int64_t>();
  for (const auto& box : boxes) {
    for (int64_t value : {box.top, box.left, box.height, box.width}) *p++ = value;
  }
  return out;
}

/// [N,size,full]: row i of image n holds the weights of its input pixels along one axis. `start`, `length`: [N].
at::Tensor axis_weights(const at::Tensor& start, const at::Tensor& length, int64_t full, int64_t size,
                        const at::Tensor& flips, bool antialias) {
  const auto options = start.options();
  auto i = at::arange(size, options).view({1, size, 1});
  if (flips.defined()) i = at::where(flips.view({-1, 1, 1}), static_cast<double>(size - 1) - i, i);
  const auto count = length.view({-1, 1, 1});
  const auto scale = count / static_cast<double>(size);
  const auto inside = at::arange(full, options).view({1, 1, full}) - start.view({-1, 1, 1});
  auto distance = (inside + 0.5 - scale * (i + 0.5)).abs_();
  if (antialias) distance = distance / scale.clamp_min(1);
  auto weights = at::relu(1 - distance).mul_(inside.ge(0).logical_and_(inside.lt(count)));
  return weights.div_(weights.sum(2, true));
}

at::Tensor to_device(const at::Tensor& values, const at::Tensor& like, at::ScalarType dtype) {
  return values.to(like.device(), dtype, /*non_blocking=*/true);
}

}  // namespace

Box draw_crop_box(int64_t height, int64_t width, const CropRange& range, at::Generator& random) {
  const auto u = at::rand({kDraws}, random, at::kDouble);
  return box_from(u.const_data_ptr<double>(), height, width, range);
}

at::Tensor draw_crop_boxes(int64_t count, int64_t height, int64_t width, const CropRange& range,
                           at::Generator& random) {
  const auto u = at::rand({count, kDraws}, random, at::kDouble);
  std::vector<Box> boxes(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    boxes[static_cast<size_t>(i)] = box_from(u.const_data_ptr<double>() + i * kDraws, height, width, range);
  return as_tensor(boxes);
}

at::Tensor same_box(int64_t count, const Box& box) {
  return as_tensor(std::vector<Box>(static_cast<size_t>(count), box));
}

at::Tensor resized_crop(const at::Tensor& images, const at::Tensor& boxes, const at::Tensor& flips, int64_t size,
                        bool antialias) {
  const int64_t n = images.size(0), c = images.size(1), h = images.size(2), w = images.size(3);
  const auto where = to_device(boxes, images, images.scalar_type()).t().contiguous();
  const auto mirrored = flips.defined() ? to_device(flips, images, at::kBool) : flips;
  const auto rows = axis_weights(where[0], where[2], h, size, {}, antialias);
  const auto columns = axis_weights(where[1], where[3], w, size, mirrored, antialias);
  const auto narrow = at::bmm(images.reshape({n, c * h, w}), columns.transpose(1, 2)).view({n, c, h, size});
  return at::matmul(rows.unsqueeze(1), narrow);
}

at::Tensor draw_offsets(int64_t count, int64_t padding, at::Generator& random) {
  return at::randint(2 * padding + 1, {count, 2}, random, at::kLong);
}

at::Tensor padded_crop(const at::Tensor& images, const at::Tensor& offsets, const at::Tensor& flips, int64_t padding) {
  const int64_t n = images.size(0), c = images.size(1), h = images.size(2), w = images.size(3);
  const auto start = offsets.cpu();
  auto columns = at::arange(w, at::kLong).unsqueeze(0).expand({n, w});
  if (flips.defined()) columns = at::where(flips.cpu().view({-1, 1}), w - 1 - columns, columns);
  const auto rows =
      to_device(at::arange(h, at::kLong).unsqueeze(0) + start.select(1, 0).unsqueeze(1), images, at::kLong);
  columns = to_device(columns + start.select(1, 1).unsqueeze(1), images, at::kLong);
  const auto padded = at::constant_pad_nd(images, {padding, padding, padding, padding}, 0);
  const auto index = at::arange(n, rows.options()).view({n, 1, 1, 1});
  const auto channel = at::arange(c, rows.options()).view({1, c, 1, 1});
  return at::index(padded, {index, channel, rows.view({n, 1, h, 1}), columns.view({n, 1, 1, w})});
}

at::Tensor flip_where(const at::Tensor& images, const at::Tensor& flips) {
  return at::where(to_device(flips, images, at::kBool).view({-1, 1, 1, 1}), images.flip(3), images);
}

}  // namespace retort::vision
