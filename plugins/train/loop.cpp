#include "train/loop.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"

namespace retort::train {
namespace {

/// Forward passes in bfloat16 where ATen's rules allow it, if the run asks for it.
class Precision {
 public:
  explicit Precision(const Run& run)
      : device_(run.device() == "cuda" ? at::kCUDA : at::kCPU), on_(run.precision() == "bfloat16") {
    if (!on_) return;
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
  }
  ~Precision() {
    if (!on_) return;
    at::autocast::set_autocast_enabled(device_, false);
    at::autocast::clear_cache();
  }
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;

 private:
  at::DeviceType device_;
  bool on_;
};

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
      throw Error(ErrorKind::not_a_number,
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

void clip_gradients(const std::vector<ParameterGroup>& groups, double limit) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const auto& group : groups) {
    for (const auto& [name, parameter] : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  const auto norm = at::stack(at::_foreach_norm(gradients)).norm();
  at::_foreach_mul_(gradients, (limit / (norm + 1e-6)).clamp_max(1));
}

/// The loop's own file in the run's checkpoint folder: everything after `epochs` whole epochs.
class LoopCheckpoint {
 public:
  explicit LoopCheckpoint(const Run& run) : file_(run.checkpoint_folder() / "training.safetensors") {}

  /// How many epochs are done; 0 if there is no checkpoint.
  int64_t restore(Task& task, Optimizer& optimizer) const {
    if (!std::filesystem::exists(file_)) return 0;
    TensorList model, update;
    int64_t epochs = 0;
    for (const auto& [name, tensor] : read_tensors(file_)) {
      if (name == "loop.epochs") epochs = tensor.item<int64_t>();
      if (name == "loop.curves" && task.curves) task.curves->restore(text_of(tensor));
      if (name.starts_with("task.")) model.emplace_back(name.substr(5), tensor);
      if (name.starts_with("optimizer.")) update.emplace_back(name.substr(10), tensor);
    }
    copy_by_name(task.state, model, "the checkpoint");
    optimizer.load(update);
    return epochs;
  }

  void save(const Task& task, Optimizer& optimizer, int64_t epochs) const {
    TensorList all{{"loop.epochs", at::full({}, epochs, at::kLong)}};
    if (task.curves) all.emplace_back("loop.curves", tensor_of(task.curves->text()));
    for (const auto& [name, tensor] : task.state) all.emplace_back("task." + name, tensor.detach());
    for (const auto& [name, tensor] : optimizer.state()) all.emplace_back("optimizer." + name, tensor);
    auto beside = file_;
    beside += ".new";
    write_tensors(beside, all);
    std::filesystem::rename(beside, file_);
  }

 private:
  static at::Tensor tensor_of(const std::string& text) {
    auto bytes = at::empty({static_cast<int64_t>(text.size())}, at::kByte);
    std::copy(text.begin(), text.end(), bytes.data_ptr<uint8_t>());
    return bytes;
  }
  static std::string text_of(const at::Tensor& bytes) {
    return {reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>()), static_cast<size_t>(bytes.numel())};
  }

  std::filesystem::path file_;
};

void take_step(Run& run, Task& task, const LoopSettings& settings, Optimizer& optimizer, const Position& at, double lr,
               LossWatch& watch) {
  at::Tensor loss;
  {
    const Precision precision(run);
    loss = task.loss(at);
  }
  loss.backward();
  if (task.after_backward) task.after_backward(at);
  if (settings.clip) clip_gradients(task.groups, *settings.clip);
  optimizer.step(lr, settings.lr);
  optimizer.zero();
  if (task.after_step) task.after_step(at);
  watch.add(loss, at);
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
  d.param("epochs", epochs, "Passes over the training images").at_least(0).budget();
  d.param("batch", batch, "Images a step").at_least(1);
  d.param("lr", lr, "Learning rate before the schedule").at_least(0);
  d.param("clip", clip, "Largest norm of the whole gradient; longer ones are shortened").greater_than(0);
  optimizer.declare(d);
  schedule.declare(d);
}

void train(Run& run, Task& task, const LoopSettings& settings, int64_t steps, const LoopOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto optimizer = make_optimizer(settings.optimizer, task.groups);
  const LoopCheckpoint checkpoint(run);
  LossWatch watch;
  auto saved = Clock::now();
  for (int64_t epoch = checkpoint.restore(task, *optimizer); epoch < settings.epochs; ++epoch) {
    double lr = settings.lr;
    watch.new_epoch();
    for (int64_t step = 0; step < steps; ++step) {
      run.stop_if_cancelled();
      const Position at{epoch, step, steps, settings.epochs};
      lr = settings.lr * settings.schedule.factor(epoch, step, steps, settings.epochs);
      take_step(run, task, settings, *optimizer, at, lr, watch);
      if (watch.waiting() >= options.check_every) watch.look();
      run.progress(at.index() + 1, steps * settings.epochs);
    }
    watch.look();
    if (task.curves) task.curves->add("loss", epoch + 1, watch.mean());
    if (task.curves) task.curves->add("lr", epoch + 1, lr);
    if (task.after_epoch) task.after_epoch({epoch + 1, watch.mean(), lr, epoch + 1 == settings.epochs});
    if (epoch + 1 == settings.epochs || std::chrono::duration<double>(Clock::now() - saved).count() < options.checkpoint_seconds)
      continue;
    checkpoint.save(task, *optimizer, epoch + 1);
    saved = Clock::now();
  }
}

}  // namespace retort::train
