#include "train/cuda_graph.h"

#include <ATen/Context.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "core/error.h"

#if __has_include(<c10/cuda/impl/cuda_cmake_macros.h>) && __has_include(<cuda_runtime_api.h>) && \
    __has_include(<crt/host_defines.h>)
#define RETORT_RECORDS 1
#include <ATen/cuda/CUDAGraph.h>
#else
#define RETORT_RECORDS 0
#endif

namespace retort::train {

bool CudaGraph::available(at::Device device) {
  return RETORT_RECORDS != 0 && device.is_cuda() && at::globalContext().hasCUDA();
}

#if RETORT_RECORDS

struct CudaGraph::Graph {
  at::cuda::CUDAGraph recorded;
};

CudaGraph::CudaGraph(at::Device device, const std::function<void()>& work, const CudaGraph* before)
    : graph_(std::make_unique<Graph>()) {
  const c10::impl::VirtualGuardImpl card(at::kCUDA);
  const at::Device here = device.has_index() ? device : card.getDevice();
  card.synchronizeDevice(here.index());
  const c10::StreamGuard aside(card.getStreamFromGlobalPool(here));  // the default stream cannot be recorded
  at::cuda::CUDAGraph& recorded = graph_->recorded;
  if (before)
    recorded.capture_begin(before->graph_->recorded.pool());
  else
    recorded.capture_begin();
  try {
    work();
  } catch (...) {
    try {
      recorded.capture_end();
    } catch (const c10::Error&) {  // says again what went wrong
    }
    throw;
  }
  recorded.capture_end();
}

void CudaGraph::replay() { graph_->recorded.replay(); }

#else

struct CudaGraph::Graph {};

CudaGraph::CudaGraph(at::Device, const std::function<void()>&, const CudaGraph*) {
  throw Error(ErrorKind::internal, "built without CUDA's headers: nothing can be recorded");
}

void CudaGraph::replay() {}

#endif

CudaGraph::~CudaGraph() = default;

}  // namespace retort::train
