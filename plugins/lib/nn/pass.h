#pragma once
// One pass of a network: the layers it is written with, and how they behave in this pass. A network is one function
//   at::Tensor features(Pass& p, const at::Tensor& x) { return p.conv_bn("conv1", "bn1", x, {.out = 64}, true); }
// and the pass decides what that means: make and initialise the weights (`Mode::init`), train, evaluate, or run frozen
// with BatchNorm, residual, ReLU and the tap on its statistics as one operation (METHODS.md 6.1).
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "nn/weights.h"

namespace retort::nn {

enum class Mode {
  init,    ///< creates each weight where the layer first asks for it
  train,   ///< BatchNorm normalises with batch statistics
  eval,    ///< BatchNorm normalises with running statistics
  frozen,  ///< as eval with constant weights, made by freeze() (nn/freeze.h): faster, no gradient to them
};

/// What one BatchNorm layer saw: statistics of its input over each group of images, differentiable.
struct BatchNormTap {
  std::string name;                      ///< "bn1", "layer1.0.bn2", in traversal order, the stem first
  at::Tensor mean, var;                  ///< [groups, channels]; variance is biased
  at::Tensor running_mean, running_var;  ///< [channels]
};

/// An activation a network gave a name.
struct LayerTap {
  std::string name;
  at::Tensor value;
};

struct PassOptions {
  Mode mode = Mode::eval;
  bool tap_batch_norm = false;  ///< fill Pass::batch_norms (train, eval and frozen)
  bool tap_layers = false;      ///< fill Pass::layers
  int64_t groups = 1;           ///< the batch is this many equal consecutive groups; taps are per group
  int64_t splits = 1;  ///< split BatchNorm: statistics over this many consecutive parts (SSL.md 2.2); train only
  bool update_running = true;  ///< train: running statistics move (momentum 0.1)
  at::Generator generator;     ///< (CPU) init: of new weights, which stay uninitialised without; train: of drop-path,
                               ///< which there is none of without
};

/// out channels, kernel side, stride, padding, groups, bias; padding -1 means kernel / 2.
struct ConvShape {
  int64_t out = 0, kernel = 3, stride = 1, padding = -1, groups = 1;
  bool bias = false;
  bool torch_default = false;  ///< initial weights: Kaiming uniform with a = √5 instead of Kaiming normal, fan-out
  double uniform = 0;          ///< initial weights and biases within ± this instead
  double bn_weight = 1;        ///< initial weight of the BatchNorm that conv_bn puts after it
};

/// How a weight begins: `fill` gets the tensor and the generator. None: torch's default for its layer.
using Start = std::function<void(at::Tensor&, at::Generator&)>;

class Pass {
 public:
  /// In Mode::init missing weights are made; in train mode buffers are updated in place; otherwise they are only read.
  Pass(Weights& weights, PassOptions options);
  Pass(const Weights& weights, PassOptions options);  ///< any mode but init

  /// [N,C,H,W] → [N,out,H',W']. Initial weights: Kaiming normal, fan-out (torchvision's ResNet), bias as torch's
  /// default.
  at::Tensor conv(const std::string& name, const at::Tensor& x, const ConvShape& shape);
  /// BatchNorm of [N,C,H,W] or [N,C], with affine parameters unless `affine` is false; eps 1e-5, momentum 0.1.
  at::Tensor batch_norm(const std::string& name, const at::Tensor& x, bool affine = true);
  /// relu(bn(conv(x)) + residual), the last two if asked: one step, because a frozen pass runs it as one.
  at::Tensor conv_bn(const std::string& conv, const std::string& bn, const at::Tensor& x, const ConvShape& shape,
                     bool relu, const at::Tensor& residual = {});
  at::Tensor group_norm(const std::string& name, const at::Tensor& x, int64_t groups);
  /// Over all dimensions but the first.
  at::Tensor layer_norm(const std::string& name, const at::Tensor& x);
  /// Over the last dimension: tokens of a transformer.
  at::Tensor token_norm(const std::string& name, const at::Tensor& x, double epsilon);
  /// [N,…,F] → [N,…,out]; torch's default initial weights, or `start` with biases of zero.
  at::Tensor linear(const std::string& name, const at::Tensor& x, int64_t out, bool bias = true,
                    const Start& start = {});
  /// A tensor of the network's own; `fixed`: it is neither trained nor averaged.
  at::Tensor parameter(const std::string& name, at::IntArrayRef shape, const Start& start, bool fixed = false);

  /// For methods that match activations: a network gives what it computes after each layer a name ("relu1", "pool3").
  void tap(const std::string& name, const at::Tensor& x) {
    if (options_.tap_layers) layers.push_back({name, x});
  }

  Mode mode() const { return options_.mode; }
  const PassOptions& options() const { return options_; }
  const Weights& weights() const { return weights_; }

  std::vector<BatchNormTap> batch_norms;  ///< filled in traversal order when tapped
  std::vector<LayerTap> layers;           ///< likewise

 private:
  /// Mode::init: makes the weight unless it is there; `fill` gets it when there is a generator.
  void make(const std::string& name, at::IntArrayRef shape, const std::function<void(at::Tensor&)>& fill,
            bool fixed = false);
  void make_batch_norm(const std::string& name, int64_t channels, bool affine, double weight);
  at::Tensor made_conv(const std::string& name, const at::Tensor& x, const ConvShape& shape);
  at::Tensor made_linear(const std::string& name, const at::Tensor& x, int64_t out, bool bias, const Start& start);
  at::Tensor maybe(const std::string& name) const;  ///< undefined if there is none
  void add_tap(const std::string& name, const at::Tensor& mean, const at::Tensor& var);
  /// BatchNorm and what follows it.
  at::Tensor normalise(const std::string& name, const at::Tensor& x, bool relu, const at::Tensor& residual);
  at::Tensor normalise_frozen(const std::string& name, const at::Tensor& x, bool relu, const at::Tensor& residual);
  at::Tensor normalise_train(const std::string& name, const at::Tensor& x);

  const Weights& weights_;
  Weights* making_ = nullptr;  // Mode::init
  PassOptions options_;
};

}  // namespace retort::nn
