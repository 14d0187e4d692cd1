#include "loop.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/error.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace retort::recover {

Loop::Loop(Run& run, Objective& objective, const Normalization& normalization, at::Device device,
           std::vector<RecoverStage> stages, LoopSettings settings)
    : run_(run),
      objective_(objective),
      normalization_(normalization),
      device_(device),
      stages_(std::move(stages)),
      settings_(std::move(settings)) {}

at::Tensor Loop::recover(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, const Enter& enter,
                         const Save& save) {
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

void Loop::run_stage(ChunkState& state, const Chunk& chunk, const at::Tensor& labels, int64_t end, const Save& save) {
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

void Loop::stop_if_cancelled(const ChunkState& state, const Save& save) {
  try {
    run_.stop_if_cancelled();
  } catch (const Error&) {
    save(state, /*now=*/true);
    throw;
  }
}

double Loop::lr(int64_t iteration) const {
  train::Schedule schedule;
  schedule.type = settings_.schedule;
  return settings_.lr * schedule.factor(iteration, 0, 1, settings_.iterations);
}

void Loop::clip(at::Tensor& canvas) const {
  at::NoGradGuard no_grad;
  normalization_.clip_(canvas);
}

void Loop::observe(ChunkState& state, const at::Tensor& values, const Chunk& chunk) {
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

std::string Loop::not_a_number(const ChunkState& state, double value) const {
  std::string text = "the objective is " + std::to_string(value) + " at iteration " + std::to_string(state.iteration);
  if (last_good_)
    text += "; it was " + std::to_string(last_good_->second) + " at iteration " + std::to_string(last_good_->first);
  return text + " (a lower \"lr\" may help)";
}

}  // namespace retort::recover
