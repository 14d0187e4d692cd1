#include "train/supervised.h"

#include <ATen/ATen.h>

#include "train/ema.h"
#include "train/precision.h"
#include "train/step_graph.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

/// Steps of a network: its passes, recorded where nothing in them is drawn anew.
class Steps {
 public:
  Steps(Run& run, const nn::Model& model, const Supervision& supervision)
      : run_(run),
        model_(model),
        supervision_(supervision),
        graph_([this](const auto& inputs) { return loss(inputs); }, model.weights().parameters(),
               supervision.cuda_graph) {
    training_.mode = nn::Mode::train;
  }

  at::Tensor operator()(const Position& at) {
    Batch batch;
    {
      const Precision precision(run_);
      batch = supervision_.batch(at);
      batch.images = batch.images.contiguous(at::MemoryFormat::ChannelsLast);
    }
    training_.generator = vision::make_generator(
        run_.stream("drop path", static_cast<uint64_t>(at.epoch), static_cast<uint64_t>(at.step)));
    const bool undecided = graph_.undecided();
    const at::Tensor before = undecided ? training_.generator.get_state() : at::Tensor();
    const at::Tensor value = graph_({batch.images, batch.labels, batch.target});
    if (undecided && !training_.generator.get_state().equal(before)) graph_.stop_recording();
    if (const auto trouble = graph_.take_trouble(); !trouble.empty())
      run_.warn("steps are launched kernel by kernel, since they could not be recorded as a CUDA graph: " + trouble);
    return value;
  }

 private:
  at::Tensor loss(const StepGraph::Tensors& inputs) {
    const Precision precision(run_);
    return supervision_.loss(model_(inputs[0], training_).logits, {inputs[0], inputs[1], inputs[2]});
  }

  Run& run_;
  const nn::Model& model_;
  const Supervision& supervision_;
  nn::PassOptions training_;
  StepGraph graph_;
};

}  // namespace

void declare_cuda_graph(Declare& d, bool& cuda_graph) {
  d.param("cuda_graph", cuda_graph, "On a card: record a step's kernels once and replay them, which changes no result")
      .not_in_key();
}

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
  Steps one(run, model, supervision);
  task.pass = [&](const Position& at) { return one(at); };
  train(run, task, settings, steps, options);
  weights.require_grad(false);
  if (!supervision.ema) return weights;
  copy_buffers(average, weights);
  return average;
}

}  // namespace retort::train
