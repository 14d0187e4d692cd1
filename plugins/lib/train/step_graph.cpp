#include "train/step_graph.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace retort::train {
namespace {

constexpr int64_t kSeenBefore = 3;  ///< libraries choose their kernels and take their memory in the first steps
constexpr size_t kKinds = 4;        ///< each keeps its activations

bool alike(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.sizes() == b.sizes() && a.strides() == b.strides() && a.scalar_type() == b.scalar_type();
}

bool alike(const StepGraph::Tensors& a, const StepGraph::Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const at::Tensor& x, const at::Tensor& y) { return alike(x, y); });
}

}  // namespace

StepGraph::StepGraph(Forward forward, Tensors leaves, bool record)
    : forward_(std::move(forward)),
      leaves_(std::move(leaves)),
      record_(record && !leaves_.empty() && CudaGraph::available(leaves_.front().device())) {}

at::Tensor StepGraph::operator()(const Tensors& inputs) {
  Kind* kind = record_ ? kind_of(inputs) : nullptr;
  if (!kind) return launch(inputs);
  if (!kind->graph && kind->seen++ < kSeenBefore) return launch(inputs);
  if (!kind->graph && !record(*kind)) return launch(inputs);
  return replay(*kind, inputs);
}

size_t StepGraph::recorded() const {
  return static_cast<size_t>(
      std::count_if(kinds_.begin(), kinds_.end(), [](const Kind& k) { return k.graph != nullptr; }));
}

StepGraph::Kind* StepGraph::kind_of(const Tensors& inputs) {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& k) { return alike(k.inputs, inputs); });
  if (found != kinds_.end()) return &*found;
  if (kinds_.size() == kKinds) return nullptr;
  kinds_.push_back({});
  for (const auto& input : inputs) kinds_.back().inputs.push_back(input.defined() ? input.clone() : at::Tensor());
  return &kinds_.back();
}

at::Tensor StepGraph::launch(const Tensors& inputs) {
  const at::Tensor loss = forward_(inputs);
  loss.backward();
  return loss.detach();
}

bool StepGraph::record(Kind& kind) {
  const auto other = std::find_if(kinds_.begin(), kinds_.end(), [](const Kind& k) { return k.graph != nullptr; });
  forget_gradients();
  try {
    kind.graph = std::make_unique<CudaGraph>(
        leaves_.front().device(), [&] { kind.loss = launch(kind.inputs); },
        other == kinds_.end() ? nullptr : other->graph.get());
  } catch (const c10::Error& error) {
    trouble_ = error.what_without_backtrace();
    record_ = false;
    forget_gradients();
    kinds_.clear();
    return false;
  }
  for (auto& leaf : leaves_) kind.gradients.push_back(std::exchange(leaf.mutable_grad(), at::Tensor()));
  return true;
}

void StepGraph::forget_gradients() {
  for (auto& leaf : leaves_) leaf.mutable_grad().reset();
}

at::Tensor StepGraph::replay(Kind& kind, const Tensors& inputs) {
  {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].defined()) kind.inputs[i].copy_(inputs[i]);
  }
  kind.graph->replay();
  for (size_t i = 0; i < leaves_.size(); ++i) leaves_[i].mutable_grad() = kind.gradients[i];
  return kind.loss.clone();
}

}  // namespace retort::train
