#pragma once
// One pass of a network: the layers it is written with, and how they behave in this pass. A network is one function
//   at::Tensor features(Pass& p, const at::Tensor& x) { return p.conv_bn("conv1", "bn1", x, {.out = 64}, true); }
// and the pass decides what that means: make and initialise the weights (`Mode::init`), train, evaluate, or run frozen
// with BatchNorm folded into the convolutions and its statistics tapped (methods.md 11.1a).
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nn/weights.h"

namespace retort::nn {

enum class Mode {
  init,    ///< creates each weight where the layer first asks for it
  train,   ///< BatchNorm normalises with batch statistics
  eval,    ///< BatchNorm normalises with running statistics
  frozen,  ///< as eval, with conv+BatchNorm folded; weights come from fold() (nn/fold.h)
};

/// What one BatchNorm layer saw: statistics of its input over each group of images, differentiable.
struct BatchNormTap {
  std::string name;              ///< "bn1", "layer1.0.bn2", in traversal order, the stem first
  at::Tensor mean, var;          ///< [groups, channels]; variance is biased
  at::Tensor running_mean, running_var;  ///< [channels]
};

/// An activation a network gave a name.
struct LayerTap {
  std::string name;
  at::Tensor value;
};

struct PassOptions {
  Mode mode = Mode::eval;
  bool tap_batch_norm = false;  ///< fill Pass::batch_norms (eval and frozen)
  bool tap_layers = false;      ///< fill Pass::layers
  int64_t groups = 1;           ///< the batch is this many equal consecutive groups; taps are per group
  int64_t splits = 1;           ///< split BatchNorm: statistics over this many consecutive parts (ssl.md 2.2); train only
  bool update_running = true;   ///< train: running statistics move (momentum 0.1)
  at::Generator generator;      ///< init: source of random numbers (CPU)
  double dropout = 0;           ///< reserved by networks that have it
};

/// out channels, kernel side, stride, padding, groups, bias; padding -1 means kernel / 2.
struct ConvShape {
  int64_t out = 0, kernel = 3, stride = 1, padding = -1, groups = 1;
  bool bias = false;
};

class Pass {
 public:
  /// In Mode::init the weights are filled; in train mode buffers are updated in place; otherwise they are only read.
  Pass(Weights& weights, PassOptions options);

  /// [N,C,H,W] → [N,out,H',W']. Initial weights: Kaiming normal, fan-out (torchvision's ResNet), bias as torch's default;
  /// `torch_default` takes Kaiming uniform with a = √5 (ConvNet-D).
  at::Tensor conv(const std::string& name, const at::Tensor& x, const ConvShape& shape, bool torch_default = false);
  /// BatchNorm2d (or 1d for [N,C]) with affine parameters unless `affine` is false, eps 1e-5.
  at::Tensor batch_norm(const std::string& name, const at::Tensor& x, bool affine = true);
  /// Convolution, BatchNorm and optionally ReLU: one step, because a frozen pass runs it as one.
  at::Tensor conv_bn(const std::string& conv, const std::string& bn, const at::Tensor& x, const ConvShape& shape,
                     bool relu);
  at::Tensor group_norm(const std::string& name, const at::Tensor& x, int64_t groups);
  /// [N,F] → [N,out]; torch's default initial weights.
  at::Tensor linear(const std::string& name, const at::Tensor& x, int64_t out, bool bias = true);

  /// For methods that match activations: a network gives what it computes after each layer a name ("relu1", "pool3").
  void tap(const std::string& name, const at::Tensor& x) {
    if (options_.tap_layers) layers.push_back({name, x});
  }

  Mode mode() const { return options_.mode; }
  const PassOptions& options() const { return options_; }
  Weights& weights() { return weights_; }

  std::vector<BatchNormTap> batch_norms;  ///< filled in traversal order when tapped
  std::vector<LayerTap> layers;           ///< likewise

 private:
  Weights& weights_;
  PassOptions options_;
};

}  // namespace retort::nn
