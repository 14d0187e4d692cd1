#pragma once
// The forward and backward pass of a step. On a card it is recorded once and replayed (train/cuda_graph.h): a small
// network's step is hundreds of kernels, and launching each takes longer than running it. The values are the same, bit
// for bit: the same kernels run on the same numbers.
#include <ATen/core/Tensor.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "train/cuda_graph.h"

namespace retort::train {

class StepGraph {
 public:
  using Tensors = std::vector<at::Tensor>;
  /// A scalar on the device, of tensors there (any may be undefined). Given tensors of the same shapes it launches the
  /// same kernels: it looks at no value and draws nothing on the processor.
  using Forward = std::function<at::Tensor(const Tensors& inputs)>;

  /// `leaves` are what gradients are wanted of. `record`: whether replaying is allowed.
  StepGraph(Forward forward, Tensors leaves, bool record);

  /// The loss, detached; the leaves have their gradients as backward() leaves them. A pass is recorded when inputs of
  /// its shapes were seen a few times; one that cannot be recorded is launched as ever.
  at::Tensor operator()(const Tensors& inputs);

  /// From now on nothing is replayed.
  void stop_recording() { record_ = false; }
  /// Why recording failed, once; empty otherwise.
  std::string take_trouble() { return std::exchange(trouble_, {}); }
  size_t recorded() const;  ///< kinds of steps that are replayed
  /// Whether a later step may be recorded, and none is yet.
  bool undecided() const { return record_ && recorded() == 0; }

 private:
  /// Inputs of one kind of step, in memory of their own, and what a replay makes of them.
  struct Kind {
    Tensors inputs;
    int64_t seen = 0;
    std::unique_ptr<CudaGraph> graph;
    at::Tensor loss;
    Tensors gradients;
  };
  Kind* kind_of(const Tensors& inputs);  ///< null: there are enough kinds
  at::Tensor launch(const Tensors& inputs);
  bool record(Kind& kind);
  void forget_gradients();
  at::Tensor replay(Kind& kind, const Tensors& inputs);

  Forward forward_;
  Tensors leaves_;
  bool record_;
  std::list<Kind> kinds_;
  std::string trouble_;
};

}  // namespace retort::train
