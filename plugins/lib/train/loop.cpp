#include "train/loop.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "sdk/checkpoint.h"
#include "sdk/torch/tensor_checkpoint.h"
#include "train/precision.h"

namespace retort::train {
namespace {

/// Losses stay on the device until they are looked at.
class LossWatch {
 public:
  void add(const at::Tensor& loss, const Position& at) {
    waiting_.push_back(loss.detach());
    last_ = at;
  }
  int64_t waiting() const { return static_cast<int64_t>(waiting_.size()); }
  void look() {
    if (waiting_.empty()) return;
    const auto values = at::stack(waiting_).to(at::kCPU, at::kDouble);
    const int64_t first = last_.index() - waiting() + 1;
    for (int64_t i = 0; i < waiting(); ++i) check(values.const_data_ptr<double>()[i], first + i);
    count_ += waiting();
    waiting_.clear();
  }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  void new_epoch() { sum_ = 0, count_ = 0; }

 private:
  void check(double value, int64_t index) {
    if (!std::isfinite(value))
      throw Error(
          ErrorKind::not_a_number,
          "the loss is " + std::string(std::isnan(value) ? "not a number" : "infinite") + " in epoch " +
              std::to_string(index / last_.steps) + ", step " + std::to_string(index % last_.steps) +
              (std::isnan(good_) ? "; it was the first" : "; the last good value was " + std::to_string(good_)));
    good_ = value;
    sum_ += value;
  }

  std::vector<at::Tensor> waiting_;
  Position last_;
  double sum_ = 0, good_ = std::nan("");
  int64_t count_ = 0;
};

std::vector<at::Tensor> gradients_of(const std::vector<ParameterGroup>& groups) {
  std::vector<at::Tensor> gradients;
  for (const auto& group : groups) {
    for (const auto& [name, parameter] : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  return gradients;
}

/// Of all gradients together, on the device.
at::Tensor norm_of(const std::vector<at::Tensor>& gradients) {
  return gradients.empty() ? at::Tensor() : at::stack(at::_foreach_norm(gradients)).norm();
}

void clip_gradients(const std::vector<at::Tensor>& gradients, double limit) {
  if (gradients.empty()) return;
  at::_foreach_mul_(gradients, (limit / (norm_of(gradients) + 1e-6)).clamp_max(1));
}

/// What a resumed run needs.
class Saves {
 public:
  Saves(const Run& run, Task& task, Optimizer& optimizer)
      : files_(run.checkpoint_folder()), task_(task), update_(optimizer.state()) {}

  /// How many of `epochs` epochs are done; 0 if there is no checkpoint.
  int64_t restore(int64_t epochs) {
    const auto saved = files_.load();
    if (!saved) return 0;
    take(task_.state, tensors_in(saved->blobs, kTask));
    take(update_, tensors_in(saved->blobs, kOptimizer));
    ended_ = saved->step == epochs;
    if (task_.curves) task_.curves->restore(saved->blobs.at(ended_ ? kEndCurves : kCurves));
    return saved->step;
  }
  /// Whether what was restored is the end itself, with what monitors said of it.
  bool ended() const { return ended_; }

  void save(int64_t epochs) const { files_.save(epochs, blobs()); }

  /// `curves_before`: without what was said of the end, for a longer training to go on with.
  void finish(int64_t epochs, const std::string& curves_before) const {
    auto all = blobs();
    if (task_.curves) all[kEndCurves] = std::exchange(all[kCurves], curves_before);
    files_.finish(epochs, all);
  }

 private:
  static constexpr const char *kTask = "task", *kOptimizer = "optimizer", *kCurves = "curves",
                              *kEndCurves = "curves_at_end";

  std::map<std::string, std::string> blobs() const {
    std::map<std::string, std::string> all;
    add_tensors(all, kTask, task_.state);
    add_tensors(all, kOptimizer, update_);
    if (task_.curves) all[kCurves] = task_.curves->text();
    return all;
  }

  static void take(TensorList& live, const TensorList& saved) {
    const at::NoGradGuard no_grad;
    RETORT_CHECK(live.size() == saved.size());  // the key is the same, so the code is
    for (size_t i = 0; i < live.size(); ++i) {
      RETORT_CHECK(live[i].first == saved[i].first);
      live[i].second.copy_(saved[i].second);
    }
  }

  Checkpoint files_;
  Task& task_;
  TensorList update_;
  bool ended_ = false;
};

/// The loss; its gradients are in the parameters.
at::Tensor pass(const Run& run, const Task& task, const Position& at) {
  at::Tensor loss;
  {
    const Precision precision(run);
    loss = task.loss(at);
  }
  loss.backward();
  return loss;
}

/// The norm of the whole gradient, before it is clipped, if this is the last step of an epoch.
at::Tensor take_step(Run& run, Task& task, const LoopSettings& settings, Optimizer& optimizer, const Position& at,
                     double lr, LossWatch& watch) {
  const at::Tensor loss = task.pass ? task.pass(at) : pass(run, task, at);
  if (task.after_backward) task.after_backward(at);
  at::Tensor norm;
  {
    const at::NoGradGuard no_grad;
    if (at.step + 1 == at.steps) norm = norm_of(gradients_of(task.groups));
    if (settings.clip) clip_gradients(gradients_of(task.groups), *settings.clip);
  }
  optimizer.step(lr, settings.lr);
  optimizer.zero();
  if (task.after_step) task.after_step(at);
  watch.add(loss, at);
  return norm;
}

}  // namespace

TensorList named(const std::string& prefix, const nn::Weights& weights) {
  TensorList list;
  for (const auto& entry : weights.all()) list.emplace_back(prefix + entry.name, entry.value);
  return list;
}

ParameterGroup group_of(const nn::Weights& weights) {
  ParameterGroup group;
  for (const auto& entry : weights.all()) {
    if (!entry.buffer) group.parameters.emplace_back(entry.name, entry.value);
  }
  return group;
}

void LoopSettings::declare(Declare& d) {
  d.param("epochs", epochs, "Passes over the training images").at_least(0).budget("schedule_epochs");
  d.param("batch", batch, "Images a step").at_least(1);
  d.param("lr", lr, "Learning rate before the schedule").at_least(0);
  d.param("clip", clip, "Largest norm of the whole gradient; longer ones are shortened").greater_than(0);
  optimizer.declare(d);
  schedule.declare(d);
  d.param("checkpoint_seconds", checkpoint_seconds, "Least time between two checkpoints").at_least(0).not_in_key();
}

void train(Run& run, Task& task, const LoopSettings& settings, int64_t steps, const LoopOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto optimizer = make_optimizer(settings.optimizer, task.groups);
  Saves saves(run, task, *optimizer);
  LossWatch watch;
  auto saved = Clock::now();
  for (int64_t epoch = saves.restore(settings.epochs); epoch < settings.epochs; ++epoch) {
    double lr = settings.lr;
    at::Tensor gradient_norm;
    watch.new_epoch();
    for (int64_t step = 0; step < steps; ++step) {
      run.stop_if_cancelled();
      const Position at{epoch, step, steps, settings.horizon()};
      lr = settings.lr * settings.schedule.factor(epoch, step, steps, settings.epochs);
      gradient_norm = take_step(run, task, settings, *optimizer, at, lr, watch);
      if (watch.waiting() >= options.check_every) watch.look();
      run.progress(at.index() + 1, steps * settings.epochs);
    }
    watch.look();
    if (task.curves) task.curves->add("loss", epoch + 1, watch.mean());
    if (task.curves) task.curves->add("lr", epoch + 1, lr);
    if (task.curves && gradient_norm.defined())
      task.curves->add("gradient_norm", epoch + 1, gradient_norm.item<double>());
    if (task.after_epoch) task.after_epoch({epoch + 1, watch.mean(), lr});
    if (epoch + 1 == settings.epochs ||
        std::chrono::duration<double>(Clock::now() - saved).count() < settings.checkpoint_seconds)
      continue;
    saves.save(epoch + 1);
    saved = Clock::now();
  }
  if (saves.ended()) return;
  const std::string curves = task.curves ? task.curves->text() : "";
  if (task.at_end) task.at_end();
  if (settings.epochs < settings.horizon()) saves.finish(settings.epochs, curves);
}

}  // namespace retort::train
