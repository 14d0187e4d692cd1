#include "train/supervised.h"

#include <ATen/ATen.h>

#include "train/ema.h"
#include "vision/draw.h"

namespace retort::train {

nn::Weights train_supervised(Run& run, nn::Model& model, const Supervision& supervision, const LoopSettings& settings,
                             int64_t steps, const LoopOptions& options) {
  auto& weights = model.weights();
  weights.require_grad(true);
  Task task;
  task.groups = {group_of(weights)};
  task.state = named("model.", weights);
  task.curves = supervision.curves;
  task.after_epoch = supervision.after_epoch;
  task.at_end = supervision.at_end;
  nn::Weights average;
  if (supervision.ema) {
    average = weights.clone();
    for (const auto& entry : named("average.", average)) task.state.push_back(entry);
    task.after_step = [&](const Position&) { move_average(average, weights, *supervision.ema); };
  }
  nn::PassOptions training;
  training.mode = nn::Mode::train;
  task.loss = [&](const Position& at) {
    training.generator = vision::make_generator(
        run.stream("drop path", static_cast<uint64_t>(at.epoch), static_cast<uint64_t>(at.step)));
    const auto batch = supervision.batch(at);
    const auto images = batch.images.contiguous(at::MemoryFormat::ChannelsLast);
    return supervision.loss(model(images, training).logits, batch);
  };
  train(run, task, settings, steps, options);
  weights.require_grad(false);
  if (!supervision.ema) return weights;
  copy_buffers(average, weights);
  return average;
}

}  // namespace retort::train
