#pragma once
// The loop of `recover` (METHODS.md 1.6): Adam on the images of some batches at a time, for one stage after the other,
// with a checkpoint from which a run goes on as if it had never stopped.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <optional>

#include "recover/objective.h"
#include "sdk/torch/recover_init.h"
#include "sdk/torch/recover_stages.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace retort::recover {

struct LoopSettings {
  double lr = 0.25, beta1 = 0.5, beta2 = 0.9;
  std::string schedule = "cosine";
  bool clip = true;
  int64_t iterations = 1000;
  int64_t log_every = 20;
};

/// Where one chunk of batches stands: everything a resumed run needs beyond the graph and the losses' own state.
struct ChunkState {
  int64_t stage = 0, iteration = 0;  ///< of the next step; iteration counts over all stages
  at::Tensor canvas;                 ///< undefined before the first step
  TensorList optimizer;              ///< as Optimizer::state; empty at the start of a stage
  at::Tensor curves;                 ///< double [names of the objective, points]: sums over the chunk's batches
};

class Loop {
 public:
  Loop(Run& run, Objective& objective, const Normalization& normalization, at::Device device,
       std::vector<RecoverStage> stages, LoopSettings settings)
      : run_(run),
        objective_(objective),
        normalization_(normalization),
        device_(device),
        stages_(std::move(stages)),
        settings_(std::move(settings)) {}

  /// Runs the rest of the stages from where the state says. `enter(stage, canvas)` gives the images [G·B,C,H,W] a stage
  /// begins with; `save(state, now)` is called between steps.
  /// Returns the images, on the CPU.
  template <class Enter, class Save>
  at::Tensor recover(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, Enter&& enter, Save&& save) {
    int64_t begin = 0;
    for (int64_t s = 0; s < state.stage; ++s) begin += stages_[static_cast<size_t>(s)].iterations;
    for (; state.stage < static_cast<int64_t>(stages_.size()); ++state.stage) {
      if (state.optimizer.empty()) state.canvas = enter(state.stage, state.canvas);
      begin += stages_[static_cast<size_t>(state.stage)].iterations;
      run_stage(state, chunk, labels, begin, save);
      state.optimizer.clear();
    }
    return state.canvas.detach().to(at::kCPU);
  }

  int64_t points() const { return settings_.iterations / settings_.log_every + 2; }
  /// The iteration a point of the curves stands for.
  int64_t iteration_of(int64_t point) const {
    return point == points() - 1 ? settings_.iterations - 1 : point * settings_.log_every;
  }

 private:
  template <class Save>
  void run_stage(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, int64_t end, Save&& save) {
    auto canvas = state.canvas.detach().to(device_).contiguous().clone().requires_grad_(true);
    state.canvas = canvas;
    train::OptimizerSettings adam;
    adam.type = "adam";
    adam.beta1 = settings_.beta1;
    adam.beta2 = settings_.beta2;
    train::ParameterGroup group;
    group.parameters = {{"images", canvas}};
    const auto optimizer = train::make_optimizer(adam, {group});
    const auto live = optimizer->state();
    for (size_t i = 0; i < state.optimizer.size(); ++i) live.at(i).second.copy_(state.optimizer[i].second);
    state.optimizer = live;

    for (; state.iteration < end;) {
      stop_if_cancelled(state, save);
      optimizer->zero();
      const auto values = objective_.descend(canvas, labels, chunk, state.iteration);
      observe(state, values, chunk);
      optimizer->step(lr(state.iteration), settings_.lr);
      if (settings_.clip) clip(canvas);
      ++state.iteration;
      save(state, /*now=*/false);
    }
    canvas.mutable_grad() = at::Tensor();
  }

  /// Asked to stop, the run keeps what it has.
  template <class Save>
  void stop_if_cancelled(const ChunkState& state, Save&& save) {
    try {
      run_.stop_if_cancelled();
    } catch (const Error&) {
      save(state, /*now=*/true);
      throw;
    }
  }

  double lr(int64_t iteration) const {
    train::Schedule schedule;
    schedule.type = settings_.schedule;
    return settings_.lr * schedule.factor(iteration, 0, 1, settings_.iterations);
  }

  void clip(at::Tensor& canvas) const {
    at::NoGradGuard no_grad;
    normalization_.clip_(canvas);
  }

  /// Looks at the values now and then only: each look waits for the device.
  void observe(ChunkState& state, const at::Tensor& values, const Chunk& chunk) {
    const int64_t last = settings_.iterations - 1;
    if (state.iteration % settings_.log_every != 0 && state.iteration != last) return;
    const double mean = values.detach().mean().item<double>();
    if (!std::isfinite(mean)) throw Error(ErrorKind::not_a_number, not_a_number(state, mean));
    last_good_ = {state.iteration, mean};
    const int64_t point = state.iteration == last ? points() - 1 : state.iteration / settings_.log_every;
    for (size_t i = 0; i < objective_.names().size(); ++i) {
      const auto& term = objective_.terms()[i];
      if (!term.defined()) continue;
      const double sum = term.sum().item<double>();
      state.curves[static_cast<int64_t>(i)][point] += sum;
      run_.metric(objective_.names()[i], state.iteration, sum / static_cast<double>(chunk.groups));
    }
    if (state.iteration > 0 || chunk.first > 0) return;
    if (const std::string doubt = objective_.doubt_at_start(); !doubt.empty()) run_.warn(doubt);
  }

  std::string not_a_number(const ChunkState& state, double value) const {
    std::string text = "the objective is " + std::to_string(value) + " at iteration " + std::to_string(state.iteration);
    if (last_good_)
      text += "; it was " + std::to_string(last_good_->second) + " at iteration " + std::to_string(last_good_->first);
    return text + " (a lower \"lr\" may help)";
  }

  Run& run_;
  Objective& objective_;
  Normalization normalization_;
  at::Device device_;
  std::vector<RecoverStage> stages_;
  LoopSettings settings_;
  std::optional<std::pair<int64_t, double>> last_good_;
};

}  // namespace retort::recover
