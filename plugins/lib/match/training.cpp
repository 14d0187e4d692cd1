#include "match/training.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "train/batches.h"
#include "vision/draw.h"

namespace retort::match {

TrainingSet training_set(const at::Tensor& images, const at::Tensor& labels) {
  const auto fixed = images.detach();
  return {labels.size(0), [fixed](const at::Tensor& indices) { return train::rows(fixed, indices); },
          [labels](const at::Tensor& indices) { return train::rows(labels, indices); }};
}

Training::Training(Student& student, TrainingSet set, int64_t batch, double momentum, double weight_decay,
                   const Dsa& augment, std::function<uint64_t(const char*, int64_t)> stream)
    : student_(student), set_(std::move(set)), batch_(batch), augment_(augment), stream_(std::move(stream)) {
  train::OptimizerSettings settings;
  settings.momentum = momentum;
  settings.weight_decay = weight_decay;
  train::ParameterGroup group;
  const auto names = student.names();
  for (size_t i = 0; i < names.size(); ++i) group.parameters.emplace_back(names[i], student.parameters()[i]);
  optimizer_ = train::make_optimizer(settings, {group});
}

double Training::epoch(int64_t epoch, double lr) {
  train::Batches batches(set_.count, batch_, /*drop_last=*/false, [&](int64_t e) { return stream_("order", e); });
  auto random = vision::make_generator(stream_("dsa", epoch));
  at::Tensor sum;
  for (int64_t step = 0; step < batches.steps(); ++step) {
    const auto indices = batches.indices(epoch, step);
    const auto images = augment_.apply(set_.images(indices), augment_.draw(indices.size(0), random));
    optimizer_->zero();
    const auto loss = at::cross_entropy_loss(student_.logits(images), set_.labels(indices));
    loss.backward();
    optimizer_->step(lr, lr);
    const auto share = loss.detach() * indices.size(0);
    sum = sum.defined() ? sum + share : share;
  }
  return sum.item<double>() / static_cast<double>(set_.count);
}

double share_correct(const Student& student, const at::Tensor& images, const at::Tensor& labels) {
  at::NoGradGuard no_grad;
  return student.logits(images).argmax(1).eq(labels).to(at::kDouble).mean().item<double>();
}

}  // namespace retort::match
