// VGG-11 (arXiv 1409.1556): torchvision's, without or with BatchNorm, and the small one of the dataset-distillation
// code bases (METHODS.md 1.3).
#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "nn/plain_convnet.h"
#include "nn/start.h"

namespace retort::nn {
namespace {

struct Layer {
  int64_t out;
  bool pooled;
};
constexpr Layer kLayers[] = {{64, true},   {128, true}, {256, false}, {256, true},
                             {512, false}, {512, true}, {512, false}, {512, true}};
constexpr int64_t kLeast = 32;  // five halvings

class Vgg11 : public PlainConvNet {
 public:
  Vgg11() : PlainConvNet(0, "classifier") {}

  void declare(Declare& d) override {
    d.about("VGG-11 (Simonyan and Zisserman, 2015), in torchvision's layout; its dropout is left out");
    declare_stem(
        d, "small: one linear layer behind the convolutions, as DC has it at 32 pixels; imagenet: torchvision's three");
    d.param("norm", norm_, "After each convolution: batch (vgg11_bn), instance (DC's default), or none (vgg11)")
        .one_of({"none", "batch", "instance"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    const int64_t side = std::min(images.size(2), images.size(3));
    if (side < kLeast)
      throw Error(ErrorKind::user, "images of " + std::to_string(side) +
                                       " pixels are too small for vgg11, which takes " + std::to_string(kLeast) +
                                       " or more");
    at::Tensor x = images;
    int64_t index = 0;  // within torch's Sequential "features", whose modules without weights count too
    const auto next = [&] { return "features." + std::to_string(index++); };
    for (const Layer& layer : kLayers) {
      x = convolved(pass, next(), x, layer.out);
      if (norm_ == "batch") x = pass.batch_norm(next(), x);
      if (norm_ == "instance") x = pass.group_norm(next(), x, layer.out);
      x = at::relu(x);
      ++index;
      if (!layer.pooled) continue;
      x = at::max_pool2d(x, 2, 2);
      ++index;
    }
    return embedded(pass, x, 7);
  }

 protected:
  Start linear_start() const override { return normal(0.01); }

 private:
  at::Tensor convolved(Pass& pass, const std::string& name, const at::Tensor& x, int64_t out) const {
    const ConvShape shape{
        .out = out, .padding = small() && x.size(1) == 1 ? 3 : 1, .bias = true, .torch_default = small()};
    if (!small()) begin(pass, name, {out, x.size(1), 3, 3}, kaiming_fan_out(), true);
    return pass.conv(name, x, shape);
  }

  std::string norm_ = "none";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::Vgg11, "vgg11")
