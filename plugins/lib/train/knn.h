#pragma once
// Weighted nearest neighbours on features: the training-free measure of an encoder (SSL.md 4.2).
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::train {

/// Class scores [M,classes] of `queries` [M,F] by their k nearest rows of `bank` [N,F] in cosine similarity: the sum of
/// exp(cos/temperature) over neighbours of the class. Rows are normalised here; k is cut to N. Chunks keep memory
/// bounded.
at::Tensor knn_scores(const at::Tensor& queries, const at::Tensor& bank, const at::Tensor& bank_labels, int64_t classes,
                      int64_t k, double temperature);

}  // namespace retort::train
