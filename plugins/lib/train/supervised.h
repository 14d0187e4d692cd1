#pragma once
// Training a network on targets: what pretrain.supervised and evaluate.student share, over the one loop (loop.h).
#include <functional>
#include <optional>

#include "nn/model.h"
#include "train/loop.h"

namespace retort::train {

/// One step's data, on the device.
struct Batch {
  at::Tensor images;  ///< normalised for the model, floating [B,3,H,W]
  at::Tensor labels;  ///< int64 [B]; may be undefined
  at::Tensor
      target;  ///< what the loss compares with beyond labels: probabilities or teacher logits [B,K]; may be undefined
};

struct Supervision {
  std::function<Batch(const Position&)> batch;
  std::function<at::Tensor(const at::Tensor& logits, const Batch&)> loss;
  std::function<void(const EpochReport&)> after_epoch;  ///< as Task's
  std::function<void()> at_end;
  bool cuda_graph = true;     ///< on a card: replay the step (train/step_graph.h) where it draws no random numbers
  std::optional<double> ema;  ///< momentum of a moving average of the parameters; absent: none
  Curves* curves = nullptr;
};

/// The parameter cuda_graph of nodes that train so.
void declare_cuda_graph(Declare& d, bool& cuda_graph);

/// Trains the model's weights in place. Returns the averaged weights if an average was asked for (its buffers are the
/// live model's), else the model's own.
nn::Weights train_supervised(Run& run, nn::Model& model, const Supervision& supervision, const LoopSettings& settings,
                             int64_t steps, const LoopOptions& options = {});

}  // namespace retort::train
