#pragma once
// Losses on logits. Computed in float32 whatever the logits' type.
#include <ATen/core/Tensor.h>

namespace retort::train {

/// Mean cross entropy. target: int64 [B], or probabilities [B,K] (mixed labels).
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double label_smoothing = 0);

/// KL(softmax(teacher/τ) ‖ softmax(student/τ)): summed over classes, mean over images ("batchmean"); times τ² if
/// `scaled`. The published SRe2L family has no τ² except on Tiny-ImageNet (METHODS.md 1.7).
at::Tensor distillation(const at::Tensor& student, const at::Tensor& teacher, double temperature, bool scaled);

/// Mean squared difference of logits + weight · cross entropy with hard labels (G-VBSM, EDC).
at::Tensor logit_matching(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& labels,
                          double weight);

}  // namespace retort::train
