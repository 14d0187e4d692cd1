#include "sdk/torch/recover_loss.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace retort {
namespace {

/// A teacher of two layers, in double precision, that every loss is tried on: convolution, BatchNorm statistics, ReLU,
/// pooling, a linear head. Written with plain operations so that nothing here shares code with the networks.
class TinyTeacher {
 public:
  static constexpr int64_t kClasses = 3, kBatch = 4, kGroups = 2, kSize = 8;

  TinyTeacher() {
    const auto real = at::TensorOptions().dtype(at::kDouble);
    auto values = [&](at::IntArrayRef shape, double scale) {
      const auto line = at::arange(c10::multiply_integers(shape), real);
      return at::sin(line * 12.9898).mul(scale).reshape(shape);
    };
    first_ = values({6, 3, 3, 3}, 0.4);
    second_ = values({8, 6, 3, 3}, 0.3);
    head_ = values({kClasses, 8}, 0.8);
    start_ = values({kGroups * kBatch, 3, kSize, kSize}, 1.3);
    labels_ = at::arange(kGroups * kBatch, at::kLong).remainder(kClasses);
  }

  const at::Tensor& start() const { return start_; }

  /// The loss on `images` of `groups` groups whose first is batch `first`.
  at::Tensor value(RecoverLoss& loss, const at::Tensor& images, int64_t groups, int64_t first) const {
    std::vector<BatchNormStats> stats;
    const auto low = at::relu(tap(stats, "bn1", at::conv2d(images, first_, {}, 1, 1), groups));
    const auto high = at::relu(tap(stats, "bn2", at::conv2d(low, second_, {}, 2, 1), groups));
    RecoverStep step;
    step.canvas = step.images = images;
    step.features = high.mean({2, 3});
    step.logits = at::linear(step.features, head_);
    step.labels = labels_.narrow(0, first * kBatch, groups * kBatch);
    step.batch_norms = stats;
    step.groups = groups;
    step.first_batch = first;
    return loss.value(step);
  }

 private:
  static at::Tensor tap(std::vector<BatchNormStats>& stats, const char* name, const at::Tensor& a, int64_t groups) {
    const int64_t channels = a.size(1);
    const auto parts = a.reshape({groups, a.size(0) / groups, channels, -1}).transpose(1, 2).flatten(2);
    const auto running_mean = at::cos(at::arange(channels, a.options())).mul(0.5);
    const auto running_var = at::sin(at::arange(channels, a.options())).mul(0.5).add(1.5);
    stats.push_back({name, parts.mean(2), parts.var(2, /*unbiased=*/false), running_mean, running_var});
    return (a - running_mean.view({1, -1, 1, 1})) / running_var.view({1, -1, 1, 1}).sqrt();
  }

  at::Tensor first_, second_, head_, start_, labels_;
};

at::Tensor leaf(const at::Tensor& images) { return images.detach().clone().requires_grad_(true); }

bool is_zero(const at::Tensor& gradient) { return !gradient.defined() || gradient.abs().max().item<double>() == 0; }

}  // namespace

std::vector<std::string> RecoverLoss::broken_properties() {
  std::vector<std::string> broken;
  const TinyTeacher teacher;
  constexpr int64_t batch = TinyTeacher::kBatch, groups = TinyTeacher::kGroups;
  auto images = leaf(teacher.start());
  const auto before = state();  // a moving average moves with each look: every comparison starts from the same state
  const auto value = teacher.value(*this, images, groups, 0);
  if (value.dim() != 1 || value.size(0) != groups)
    return {"value has " + std::to_string(value.dim()) + " dimensions and " + std::to_string(value.numel()) +
            " elements; it must be one value a group: [" + std::to_string(groups) + "]"};
  if (!at::isfinite(value).all().item<bool>()) broken.push_back("value is not finite");
  if (!value.requires_grad()) return {"value does not depend on the images (no gradient)"};
  value.select(0, 0).backward();
  const auto gradient = images.grad();
  if (is_zero(gradient)) broken.push_back("no gradient reaches the images");
  if (gradient.defined() && !is_zero(gradient.narrow(0, batch, batch)))
    broken.push_back("groups see each other: the first group's value has a gradient in the second group's images");

  restore(before);
  const auto again = teacher.value(*this, images, groups, 0).detach();
  if (!at::equal(again, value.detach())) broken.push_back("the same input gave another value");
  for (int64_t g = 0; g < groups; ++g) {
    restore(before);
    const auto alone = teacher.value(*this, images.detach().narrow(0, g * batch, batch), 1, g);
    if (!at::allclose(alone, value.detach().narrow(0, g, 1), 1e-8, 1e-10))
      broken.push_back("groups see each other: group " + std::to_string(g) + " alone has another value");
  }

  restore(before);
  auto moving = leaf(teacher.start());
  for (int step = 0; step < 20; ++step) {
    teacher.value(*this, moving, groups, 0).sum().backward();
    if (!moving.grad().defined()) break;
    moving = leaf(moving.detach() - 0.005 * moving.grad().sign());
  }
  restore(before);
  const double after = teacher.value(*this, moving, groups, 0).sum().item<double>();
  if (!(after < value.sum().item<double>())) broken.push_back("20 steps along its gradient do not lower it");
  return broken;
}

}  // namespace retort
