#pragma once
// Realistic patches of RDED (METHODS.md 2.4): pieces of real images that a teacher is sure of, put together.
#include <ATen/core/Tensor.h>

namespace retort::match {

/// In the middle of zeros: [N,C,s,s] → [N,C,size,size].
at::Tensor centred(const at::Tensor& patches, int64_t size);
/// [count·factor²,C,s,s] → [count,C,size,size]: cell k of image i is patch k·count + i, as published. Cells whose side
/// does not divide evenly are filled by the nearest pixel.
at::Tensor tiled(const at::Tensor& patches, int64_t count, int64_t factor, int64_t size);

}  // namespace retort::match
