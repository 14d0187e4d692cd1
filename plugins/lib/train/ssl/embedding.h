#pragma once
// Rows of embeddings: their length, their cosine, their spread. In at least float32, whatever precision the networks
// run in (SSL.md 2.6).
#include <ATen/core/Tensor.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace retort::train::ssl {

/// While it lives, autocast leaves operations alone: products of embeddings are not rounded to bfloat16.
class FullPrecision {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{c10::autocast_dispatch_keyset};
};

/// As float32, or as float64 if it is that already.
at::Tensor full_precision(const at::Tensor& x);

/// Rows [N,D] divided by max(length, 1e-12).
at::Tensor normalise(const at::Tensor& x);

/// Mean over rows of cos(a_i, b_i): a scalar.
at::Tensor mean_cosine(const at::Tensor& a, const at::Tensor& b);

/// Mean over dimensions of the standard deviation of normalised rows: about 1/√D for healthy embeddings, towards 0 when
/// they collapse (SSL.md 5). Without gradient.
at::Tensor spread(const at::Tensor& x);

}  // namespace retort::train::ssl
