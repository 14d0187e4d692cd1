#include "nn/resnet.h"

#include <ATen/ATen.h>

namespace retort::nn {

void ResNet::declare_shared(Declare& d) {
  d.param("stem", stem_,
          "small: 3x3 stride 1, no pooling (images up to 64 pixels); imagenet: 7x7 stride 2, max pooling")
      .one_of({"small", "imagenet"});
  d.param("width", width_, "Channels of the first stage; each later stage doubles them").at_least(1);
  d.param("zero_init_residual", zero_init_residual_, "Start the last BatchNorm weight of each block at 0")
      .neutral(false);
}

at::Tensor ResNet::features(Pass& pass, const at::Tensor& images) const {
  const bool small = stem_ == "small";
  const ConvShape stem = small ? ConvShape{.out = width_} : ConvShape{.out = width_, .kernel = 7, .stride = 2};
  at::Tensor x = pass.conv_bn("conv1", "bn1", images, stem, true);
  pass.tap("conv1", x);
  if (!small) x = at::max_pool2d(x, 3, 2, 1);
  for (size_t stage = 0; stage < blocks_.size(); ++stage) {
    for (int64_t i = 0; i < blocks_[stage]; ++i) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      x = block(pass, name, x, width_ << stage, i == 0 && stage > 0 ? 2 : 1);
    }
    pass.tap("layer" + std::to_string(stage + 1), x);
  }
  return x.mean({2, 3});
}

at::Tensor ResNet::block(Pass& pass, const std::string& name, const at::Tensor& x, int64_t width,
                         int64_t stride) const {
  const bool wide = block_ == Block::bottleneck;
  const int64_t out = wide ? 4 * width : width;
  at::Tensor y = x;
  if (wide) y = pass.conv_bn(name + ".conv1", name + ".bn1", y, {.out = width, .kernel = 1}, true);
  const std::string first = wide ? "2" : "1", last = wide ? "3" : "2";
  y = pass.conv_bn(name + ".conv" + first, name + ".bn" + first, y, {.out = width, .stride = stride}, true);

  const ConvShape closing{.out = out, .kernel = wide ? 1 : 3, .bn_weight = zero_init_residual_ ? 0.0 : 1.0};
  if (x.size(1) == out && stride == 1) {
    return pass.conv_bn(name + ".conv" + last, name + ".bn" + last, y, closing, true, x);
  }
  // The closing layer comes before the shortcut, as in torchvision: weights and taps keep its order.
  y = pass.conv_bn(name + ".conv" + last, name + ".bn" + last, y, closing, false);
  return pass.conv_bn(name + ".downsample.0", name + ".downsample.1", x, {.out = out, .kernel = 1, .stride = stride},
                      true, y);
}

}  // namespace retort::nn
