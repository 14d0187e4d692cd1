#pragma once
// ResNet (He et al., 2016) in torchvision's layout and names, for images of any size: the plugins resnet18, resnet34,
// resnet50 and resnet101 are this class with other numbers. `stem` small is the CIFAR and Tiny-ImageNet variant
// (METHODS.md 1.3): a 3×3 convolution of stride 1 and no pooling.
#include <array>
#include <string>

#include "nn/network.h"

namespace retort::nn {

class RETORT_API ResNet : public Network {
 public:
  at::Tensor features(Pass& pass, const at::Tensor& images) const override;

 protected:
  enum class Block { basic, bottleneck };
  ResNet(Block block, std::array<int64_t, 4> blocks) : block_(block), blocks_(blocks) {}
  /// The parameters all of them share.
  void declare_shared(Declare& d);

 private:
  at::Tensor block(Pass& pass, const std::string& name, const at::Tensor& x, int64_t width, int64_t stride) const;

  Block block_;
  std::array<int64_t, 4> blocks_;
  std::string stem_ = "small";
  int64_t width_ = 64;
  bool zero_init_residual_ = false;
};

}  // namespace retort::nn
