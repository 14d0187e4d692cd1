#include "train/loss.h"

#include <ATen/ATen.h>

namespace retort::train {

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double label_smoothing) {
  return at::cross_entropy_loss(logits.to(at::kFloat), target, {}, at::Reduction::Mean, -100, label_smoothing);
}

at::Tensor distillation(const at::Tensor& student, const at::Tensor& teacher, double temperature, bool scaled) {
  const auto p = at::log_softmax(teacher.to(at::kFloat) / temperature, 1);
  const auto q = at::log_softmax(student.to(at::kFloat) / temperature, 1);
  const auto divergence = at::kl_div(q, p, at::Reduction::Sum, /*log_target=*/true) / student.size(0);
  return scaled ? divergence * (temperature * temperature) : divergence;
}

at::Tensor logit_matching(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& labels,
                          double weight) {
  return at::mse_loss(student.to(at::kFloat), teacher.to(at::kFloat)) + weight * cross_entropy(student, labels);
}

}  // namespace retort::train
