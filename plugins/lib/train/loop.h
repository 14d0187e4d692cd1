#pragma once
// The one training loop: order of things in a step, learning rate, checkpoints, progress, and the watch for values that
// are not numbers. What is trained is a Task: supervised training, self-supervised methods, probes and students are all
// tasks.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "nn/weights.h"
#include "sdk/node.h"
#include "train/optimizer.h"
#include "train/report.h"
#include "train/schedule.h"

namespace retort::train {

struct Position {
  int64_t epoch = 0, step = 0;    ///< step within the epoch
  int64_t steps = 1, epochs = 1;  ///< steps an epoch; epochs that schedules are made for (LoopSettings::horizon)
  int64_t index() const { return epoch * steps + step; }
  /// 0 ≤ p ≤ 1: 1 only beyond the horizon.
  double progress() const { return std::min(static_cast<double>(index()) / static_cast<double>(steps * epochs), 1.0); }
};

struct EpochReport {
  int64_t epoch = 0;  ///< from 1: how many are done
  double loss = 0;    ///< mean over its steps
  double lr = 0;      ///< of its last step
};

struct Task {
  std::vector<ParameterGroup> groups;
  TensorList state;  ///< everything a resumed run needs (weights, buffers, queues): loaded in place
  std::function<at::Tensor(const Position&)> loss;      ///< forward pass of one step: a scalar, on the device
  std::function<at::Tensor(const Position&)> pass;      ///< instead of `loss`: forward and backward; returns the loss
  std::function<void(const Position&)> after_backward;  ///< may change or drop gradients
  std::function<void(const Position&)> after_step;      ///< moving averages
  /// Monitors of every epoch, wherever training stops. They must not draw from the task's streams.
  std::function<void(const EpochReport&)> after_epoch;
  std::function<void()> at_end;  ///< monitors of the end, also of a training of no epochs
  /// Gets each epoch "loss", "lr" and "gradient_norm" (of its last step, before clipping); survives an interruption
  /// with what monitors added.
  Curves* curves = nullptr;
};

/// All tensors of `weights` under `prefix`, for Task::state.
TensorList named(const std::string& prefix, const nn::Weights& weights);
/// One group of all parameters, by their names.
ParameterGroup group_of(const nn::Weights& weights);

struct LoopSettings {
  int64_t epochs = 1;
  int64_t batch = 128;
  double lr = 0.1;
  std::optional<double> clip;  ///< norm of the whole gradient
  OptimizerSettings optimizer;
  Schedule schedule;
  double checkpoint_seconds = 60;  ///< at the end of the first epoch that ends so long after the last checkpoint

  /// How many epochs schedules are made for: schedule_epochs, else where training stops.
  int64_t horizon() const { return schedule.schedule_epochs.value_or(epochs); }

  /// Parameters epochs (a budget of the horizon schedule_epochs), batch, lr, clip, checkpoint_seconds and those of the
  /// optimiser and the schedule.
  void declare(Declare& d);
};

struct LoopOptions {
  int64_t check_every = 50;  ///< steps between looks at the losses, which stay on the device meanwhile
};

/// Trains `task` for settings.epochs epochs of `steps` steps. Continues from the checkpoint if there is one: the result
/// is bit for bit that of an uninterrupted run. A training that stops before its horizon keeps its state, and a longer
/// one goes on from it. Throws Error(not_a_number) with epoch, step and the last good loss.
void train(Run& run, Task& task, const LoopSettings& settings, int64_t steps, const LoopOptions& options = {});

}  // namespace retort::train
