#pragma once
// Mixing the images of a batch, with what is needed to mix labels or to replay it (METHODS.md 1.4). Mixed images are
// new tensors; the batch that was given is never changed.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "vision/crop.h"

namespace retort::vision {

/// How a batch was mixed. One draw a batch.
struct Mix {
  enum Kind { none, mixup, cutmix } kind = none;
  at::Tensor partner;  ///< int64 [N], on the CPU: image i is mixed with image partner[i]
  double share = 1;    ///< share of the image itself (λ); for CutMix the share of pixels it keeps
  Box box;             ///< CutMix: the part that comes from the partner
};

/// λ of Beta(alpha, alpha); image = λ x + (1-λ) x[partner].
Mix draw_mixup(int64_t count, double alpha, at::Generator& random);
/// λ of Beta(alpha, alpha); a box of sides int(H·√(1-λ)), int(W·√(1-λ)) round a uniform centre, cut at the borders;
/// `share` becomes what is left of the image's own area.
Mix draw_cutmix(int64_t count, int64_t height, int64_t width, double alpha, at::Generator& random);

at::Tensor apply_mix(const at::Tensor& images, const Mix& mix);
/// λ·target + (1-λ)·target[partner] for [N,K] targets; apply one_hot first to int64 labels.
at::Tensor mix_targets(const at::Tensor& targets, const Mix& mix);

}  // namespace retort::vision
