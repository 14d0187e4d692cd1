#pragma once
// Kernels of a card, recorded as they are launched and launched again as one CUDA graph. Recording needs CUDA's headers
// when this is built (the wheel nvidia-cuda-crt brings what torch's own wheels lack of them); without, nothing is ever
// recorded.
#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace retort::train {

class CudaGraph {
 public:
  /// Whether this was built with CUDA's headers and `device` is a card that libtorch can use.
  static bool available(at::Device device);

  /// Records what `work` launches, which is not computed by that. Memory that `work` takes stays its own; graphs that
  /// are replayed one after the other may share it: `before`. Throws c10::Error if `work` does what a graph cannot
  /// hold (a look at a value, a copy from the processor): nothing is recorded then, and the card is as before.
  CudaGraph(at::Device device, const std::function<void()>& work, const CudaGraph* before = nullptr);
  ~CudaGraph();

  void replay();

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace retort::train
