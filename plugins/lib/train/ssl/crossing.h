#pragma once
// What SwAV and DINO share: the target of one view predicted from every other view, and SwAV's targets by
// Sinkhorn-Knopp (SSL.md 3.3, 3.4).
#include <ATen/core/Tensor.h>

namespace retort::train::ssl {

/// Mean over ordered pairs (i, v), v ≠ i, of the mean over images of -Σ_k targets[i] log softmax(logits[v] / τ).
/// targets: probabilities [A,N,K] of the first A views; logits: [V,N,K] of all, A ≤ V.
at::Tensor crossed_entropy(const at::Tensor& targets, const at::Tensor& logits, double temperature);

/// Soft assignments [N,K] from scores [N,K]: rows sum to 1, columns nearly to N/K. Without gradient, at least float32.
/// In logarithms: exponentials of scores / ε overflow, and a row of them may vanish.
at::Tensor sinkhorn(const at::Tensor& scores, double epsilon, int64_t iterations);

/// Mean entropy of rows of probabilities [N,K] divided by ln K, and the entropy of their mean row: conditional and
/// marginal. Marginal → 0: one cluster is left; conditional → 1: assignments say nothing (SSL.md 5).
at::Tensor conditional_entropy(const at::Tensor& probabilities);
at::Tensor marginal_entropy(const at::Tensor& probabilities);
/// Share of the columns that are no row's most probable one, of those that could be: min(N, K).
at::Tensor unused(const at::Tensor& probabilities);

}  // namespace retort::train::ssl
