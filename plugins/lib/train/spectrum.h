#pragma once
// How many dimensions a set of features really uses: the sign of dimensional collapse (SSL.md 5).
#include <ATen/core/Tensor.h>

namespace retort::train {

/// RankMe (arXiv 2210.02885): exp of the entropy of the normalised singular values of [N,F] features; between 1 and
/// min(N,F).
double effective_rank(const at::Tensor& features);

}  // namespace retort::train
