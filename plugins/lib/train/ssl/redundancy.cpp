#include "train/ssl/redundancy.h"

#include <ATen/ATen.h>

#include "train/ssl/embedding.h"

namespace retort::train::ssl {
namespace {

at::Tensor standardise(const at::Tensor& x) {
  return (x - x.mean(0)) / (x.var(at::IntArrayRef{0}, /*unbiased=*/false) + 1e-5).sqrt();
}

at::Tensor off_diagonal_squares(const at::Tensor& square) {
  return (square - at::diag_embed(square.diagonal())).pow(2).sum();
}

at::Tensor missing_deviation(const at::Tensor& x) {
  return at::relu(1 - (x.var(at::IntArrayRef{0}, /*unbiased=*/true) + 1e-4).sqrt()).mean();
}

at::Tensor covariance(const at::Tensor& x) {
  const at::Tensor centred = x - x.mean(0);
  return centred.t().matmul(centred) / (x.size(0) - 1);
}

}  // namespace

CrossCorrelation cross_correlation(const at::Tensor& a, const at::Tensor& b) {
  const FullPrecision guard;
  const at::Tensor x = standardise(full_precision(a)), y = standardise(full_precision(b));
  const at::Tensor c = x.t().matmul(y) / x.size(0);
  return {(1 - c.diagonal()).pow(2).sum(), off_diagonal_squares(c)};
}

VarianceCovariance variance_covariance(const at::Tensor& a, const at::Tensor& b) {
  const FullPrecision guard;
  const at::Tensor x = full_precision(a), y = full_precision(b);
  return {(x - y).pow(2).mean(), (missing_deviation(x) + missing_deviation(y)) / 2,
          (off_diagonal_squares(covariance(x)) + off_diagonal_squares(covariance(y))) / x.size(1),
          at::cat({x, y}, 1).detach().std(0, /*unbiased=*/true).lt(1).to(x.scalar_type()).mean()};
}

}  // namespace retort::train::ssl
