#pragma once
// Losses on the statistics of embedding dimensions: Barlow Twins and VICReg (SSL.md 3.8, 3.9), as their parts, so that
// each can be watched. Embeddings are [N,D], not normalised.
#include <ATen/core/Tensor.h>

namespace retort::train::ssl {

/// Of C = bn(a)ᵀ bn(b) / N with biased variance and eps 1e-5.
struct CrossCorrelation {
  at::Tensor on_diagonal;   ///< Σ_i (1 - C_ii)²
  at::Tensor off_diagonal;  ///< Σ_{i≠j} C_ij²
};
CrossCorrelation cross_correlation(const at::Tensor& a, const at::Tensor& b);

struct VarianceCovariance {
  at::Tensor invariance;  ///< mean over N·D of (a - b)²
  at::Tensor variance;    ///< ½ mean_j relu(1 - √(Var_j + 1e-4)) of each view, unbiased, summed
  at::Tensor covariance;  ///< 1/D Σ_{i≠j} Cov_ij² of each view, summed
  at::Tensor narrow;      ///< share of dimensions that deviate by less than 1, without gradient
};
VarianceCovariance variance_covariance(const at::Tensor& a, const at::Tensor& b);

}  // namespace retort::train::ssl
