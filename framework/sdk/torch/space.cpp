#include "sdk/torch/space.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "sdk/torch/finite.h"

namespace retort {
namespace {

constexpr const char* kFile = "zca.safetensors";
constexpr int64_t kChunk = 10000;  // images whose double copies are in memory at once

at::Tensor real_pixels(const at::Tensor& pixels, at::ScalarType dtype) {
  return pixels.scalar_type() == at::kByte ? pixels.to(dtype) / 255 : pixels.to(dtype);
}

/// Images as rows for a matrix of this size.
at::Tensor rows_of(const at::Tensor& images, int64_t size) {
  const at::Tensor rows = images.flatten(1);
  if (rows.size(1) == size) return rows;
  throw Error(ErrorKind::user, "the ZCA matrix is of images of " + std::to_string(size) + " values, these have " +
                                   c10::str(images.sizes().slice(1)) + ": take images of the size it was made of");
}

/// Sum of rows and of their outer products in double precision, chunk by chunk.
struct Moments {
  at::Tensor sum, outer;
};

Moments moments(const at::Tensor& pixels) {
  Moments m;
  for (int64_t from = 0; from < pixels.size(0); from += kChunk) {
    const auto count = std::min(kChunk, pixels.size(0) - from);
    const auto rows = real_pixels(pixels.narrow(0, from, count), at::kDouble).flatten(1);
    const auto sum = rows.sum(0), outer = rows.t().matmul(rows);
    m.sum = m.sum.defined() ? m.sum + sum : sum;
    m.outer = m.outer.defined() ? m.outer + outer : outer;
  }
  return m;
}

}  // namespace

Space Space::zca(const LabelledImages& data, double eps) {
  const auto count = static_cast<double>(data.size());
  const auto m = moments(data.images);
  const auto mean = m.sum / count;
  const auto covariance = (m.outer - count * at::outer(mean, mean)) / (count - 1);
  const auto [values, vectors] = at::linalg_eigh(covariance);
  Normalization none;
  const auto channels = static_cast<size_t>(data.images.size(1));
  none.mean.assign(channels, 0);
  none.std.assign(channels, 1);
  Space space(none);
  space.mean_ = mean.to(at::kFloat);
  space.matrix_ = (vectors * (values.clamp_min(0) + eps).rsqrt()).matmul(vectors.t()).to(at::kFloat);
  return space;
}

Space Space::named(const std::string& name, const LabelledImages& data) {
  return name == "zca" ? zca(data) : Space(data.normalization);
}

Space Space::read(const Artifact& artifact) {
  const std::string name = space_name(artifact);
  if (!artifact.meta.contains("normalization"))
    throw Error(ErrorKind::data, "this artifact of kind " + artifact.kind + " does not say its \"normalization\"");
  Space space(Normalization::from_json(artifact.meta["normalization"]));
  if (name != "zca") return space;
  for (const auto& [name, tensor] : read_tensors(artifact.file(kFile)))
    (name == "mean" ? space.mean_ : space.matrix_) = tensor.to(at::kFloat);
  const auto &mean = space.mean_, &matrix = space.matrix_;
  if (!mean.defined() || !matrix.defined() || mean.dim() != 1 || matrix.dim() != 2 || matrix.size(0) != mean.size(0) ||
      matrix.size(1) != mean.size(0))
    throw Error(ErrorKind::data, std::string(kFile) + " does not hold a mean [D] and a matrix [D,D]");
  check_finite(mean, "mean", kFile);
  check_finite(matrix, "matrix", kFile);
  return space;
}

void Space::write(Output& output) const {
  output.meta["space"] = name();
  output.meta["normalization"] = constants_.json();
  if (matrix_.defined()) write_tensors(output.file(kFile), {{"mean", mean_.cpu()}, {"matrix", matrix_.cpu()}});
}

bool Space::operator==(const Space& other) const {
  if (matrix_.defined() != other.matrix_.defined() || !(constants_ == other.constants_)) return false;
  return !matrix_.defined() || (at::equal(mean_, other.mean_) && at::equal(matrix_, other.matrix_));
}

Space Space::to(const at::Device& device) const {
  Space moved = *this;
  if (!matrix_.defined()) return moved;
  moved.mean_ = mean_.to(device);
  moved.matrix_ = matrix_.to(device);
  return moved;
}

at::Tensor Space::enter(const at::Tensor& pixels) const {
  if (!matrix_.defined()) return constants_.apply(pixels);
  const auto rows = rows_of(real_pixels(pixels, at::kFloat), mean_.size(0));
  return (rows - mean_.to(rows.device())).matmul(matrix_.to(rows.device())).view(pixels.sizes());
}

at::Tensor Space::leave(const at::Tensor& images) const {
  if (!matrix_.defined()) return constants_.invert(images);
  const auto inverse = at::linalg_inv(matrix_.to(at::kDouble)).to(images.options());
  return (rows_of(images, mean_.size(0)).matmul(inverse) + mean_.to(images.options())).view(images.sizes());
}

}  // namespace retort
