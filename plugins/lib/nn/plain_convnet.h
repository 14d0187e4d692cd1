#pragma once
// What AlexNet and VGG share: a plain stack of convolutions in torch's Sequential "features", a classifier of three
// layers behind it for large images (torchvision's), and the small version that dataset distillation is tested on
// (METHODS.md 1.3), whose features go straight to one linear layer.
#include "nn/network.h"

namespace retort::nn {

class RETORT_API PlainConvNet : public Network {
 public:
  at::Tensor logits(Pass& pass, const at::Tensor& features, int64_t classes) const override;
  std::string head_name() const override;

 protected:
  /// `first`: number of the first linear layer in torch's Sequential "classifier", of which the last is number 6.
  /// `small_head`: name of the one linear layer of the small version.
  PlainConvNet(int64_t first, std::string small_head) : first_(first), small_head_(std::move(small_head)) {}
  void declare_stem(Declare& d, const std::string& about);  ///< `about`: what small and imagenet mean
  bool small() const { return stem_ == "small"; }

  /// [N,C,H,W] → the features before the last linear layer: x itself, flat, if small; else pooled to side × side and
  /// through two layers of 4096 with ReLU.
  at::Tensor embedded(Pass& pass, const at::Tensor& x, int64_t side) const;
  /// How linear layers of the large classifier begin; none: torch's default.
  virtual Start linear_start() const { return {}; }

 private:
  int64_t first_;
  std::string small_head_, stem_ = "small";
};

}  // namespace retort::nn
