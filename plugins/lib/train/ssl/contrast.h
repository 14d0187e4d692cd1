#pragma once
// InfoNCE in the three forms of MoCo v2, MoCo v3 and SimCLR (SSL.md 3.1, 3.2, 3.5). Embeddings are normalised rows.
#include <ATen/core/Tensor.h>

namespace retort::train::ssl {

struct Contrast {
  at::Tensor loss;      ///< a scalar
  at::Tensor accuracy;  ///< share of anchors whose positive is the most similar: a scalar without gradient
};

/// Each query [N,D] against its own key [N,D] and the rows of `queue` [K,D]: mean of CE([q·k, q·Q]/τ, 0).
Contrast queue_contrast(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& queue, double temperature);

/// Each query against all keys of the batch, its own index the positive: 2τ · mean of CE(q·K/τ, i).
Contrast batch_contrast(const at::Tensor& queries, const at::Tensor& keys, double temperature);

/// NT-Xent: each of the 2N rows against all others of both views, its partner the positive; mean over 2N anchors.
Contrast nt_xent(const at::Tensor& a, const at::Tensor& b, double temperature);

}  // namespace retort::train::ssl
