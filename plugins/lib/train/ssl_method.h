#pragma once
// The component kind `ssl_method`: one self-supervised objective inside pretrain.ssl. The node owns data, views,
// optimiser, schedule, precision, checkpoints and monitors; the method owns its heads and state, how views are grouped
// into forward passes, its parameter groups, the loss, what happens to gradients and after a step, and which network is
// exported.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/network.h"
#include "sdk/component.h"
#include "train/loop.h"

namespace retort::train {

/// What passes between the node and the networks that learn, in each step. An ssl::Encoder reads and fills it; its
/// copies, which only follow, do not.
struct SslWatch {
  std::vector<at::Tensor> features;    ///< of the backbone, [V·B,F] of each pass, detached: views one after the other
  std::vector<at::Tensor> embeddings;  ///< of the projection, likewise
  at::Generator noise;                 ///< of this step, for networks that drop branches; may be none
};

/// What a method starts from.
struct SslSetup {
  std::shared_ptr<const nn::Network> network;
  nn::Weights backbone;  ///< fresh, on the device, requiring gradients; without head
  int64_t feature_size = 0;
  int64_t batch = 0;                                           ///< images a step (not views)
  std::vector<int64_t> view_sizes;                             ///< side of each view, in order
  int64_t steps = 0, epochs = 0;                               ///< steps an epoch; epochs schedules are made for
  std::function<uint64_t(const std::string& purpose)> stream;  ///< seeds of heads and queues
  std::shared_ptr<SslWatch> watch;                             ///< may be none; emptied before each step
  std::function<void(const std::string& text)> warn = [](const std::string&) {};  ///< tells the user, and goes on

  int64_t images() const { return steps * batch; }  ///< that an epoch shows
};

struct SslStep {
  std::span<const at::Tensor> views;  ///< normalised [B,3,s,s]; those that assign or teach come first
  Position at;
  at::Generator random;  ///< CPU generator of this step (permutation of keys, …)
};

class RETORT_API SslMethod : public Plugin {
 public:
  static constexpr const char* kKind = "ssl_method";

  /// Makes heads and state. Throws Error(user) for settings that do not fit together, saying both values and the rule.
  virtual void start(const SslSetup& setup) = 0;
  /// Forward passes and the loss of one step: a scalar. State that the paper updates before or within the forward pass
  /// (key network, queue, centre) is updated here.
  virtual at::Tensor loss(const SslStep& step) = 0;
  /// What is trained. Parameters that stay as they are (a frozen projection, SimSiam's last bias) are left out.
  virtual std::vector<ParameterGroup> groups() = 0;
  /// Clips, or drops gradients of frozen prototypes.
  virtual void after_backward(const SslStep&) {}
  /// Moving averages that follow the optimiser's step.
  virtual void after_step(const SslStep&) {}
  /// Every tensor a resumed run needs: all networks with buffers, heads, queues, pointers, centres. Shares storage.
  virtual TensorList state() = 0;
  /// The backbone that is kept, with its own running statistics.
  virtual nn::Weights exported() = 0;
  /// Heads, for the artifact; names are the method's.
  virtual TensorList heads() { return {}; }
  /// Scalars of the last step, on the device, read once an epoch: "contrast_accuracy", "centre_norm", …
  virtual TensorList monitors() { return {}; }
  /// How many views a step needs at least.
  virtual int64_t views_needed() const { return 2; }

  /// On a tiny network: the loss is a finite scalar, gradients reach every parameter of every group, a state put back
  /// gives the same loss again, the exported backbone has the names of the one given.
  std::vector<std::string> broken_properties() override;
};

}  // namespace retort::train
