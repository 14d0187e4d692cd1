#include "train/online_probe.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace retort::train {

OnlineProbe::OnlineProbe(int64_t features, int64_t classes, double lr, const at::Tensor& like)
    : weight_(at::zeros({classes, features}, like.options().dtype(at::kFloat).requires_grad(false))),
      bias_(at::zeros({classes}, weight_.options())),
      right_(at::zeros({}, weight_.options().dtype(at::kLong))),
      lr_(lr) {}

void OnlineProbe::learn(const at::Tensor& features, const at::Tensor& labels) {
  const at::NoGradGuard no_grad;
  const at::Tensor rows = features.to(at::kFloat);
  const at::Tensor logits = at::addmm(bias_, rows, weight_.t());
  right_.add_(logits.argmax(1).eq(labels).sum());
  seen_ += labels.size(0);
  at::Tensor gradient = at::softmax(logits, 1);  // of the mean cross entropy, times the rows
  gradient.scatter_add_(1, labels.unsqueeze(1), at::full({labels.size(0), 1}, -1.0, gradient.options()));
  const double step = lr_ / static_cast<double>(labels.size(0));
  weight_.sub_(gradient.t().matmul(rows), step);
  bias_.sub_(gradient.sum(0), step);
}

double OnlineProbe::take_accuracy() {
  const double percent =
      seen_ > 0 ? 100.0 * static_cast<double>(right_.item<int64_t>()) / static_cast<double>(seen_) : 0;
  right_.zero_();
  seen_ = 0;
  return percent;
}

}  // namespace retort::train
