// DenseNet-121 (arXiv 1608.06993) in torchvision's layout and names.
#include <ATen/ATen.h>

#include "nn/network.h"
#include "nn/start.h"

namespace retort::nn {
namespace {

constexpr int64_t kBlocks[] = {6, 12, 24, 16}, kGrowth = 32, kStem = 64, kBottleneck = 4 * kGrowth;

class DenseNet121 : public Network {
 public:
  void declare(Declare& d) override {
    d.about("DenseNet-121 (Huang et al., 2017), in torchvision's layout");
    d.param("stem", stem_, "small: 3x3 stride 1, no pooling; imagenet: 7x7 stride 2, max pooling")
        .one_of({"small", "imagenet"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    const bool small = stem_ == "small";
    const ConvShape stem = small ? ConvShape{.out = kStem} : ConvShape{.out = kStem, .kernel = 7, .stride = 2};
    begin_conv(pass, "features.conv0", images, stem);
    at::Tensor x = pass.conv_bn("features.conv0", "features.norm0", images, stem, true);
    if (!small) x = at::max_pool2d(x, 3, 2, 1);
    for (size_t block = 0; block < std::size(kBlocks); ++block) {
      const std::string number = std::to_string(block + 1);
      for (int64_t i = 0; i < kBlocks[block]; ++i)
        x = at::cat({x, layer(pass, "features.denseblock" + number + ".denselayer" + std::to_string(i + 1) + ".", x)},
                    1);
      if (block + 1 < std::size(kBlocks)) x = transition(pass, "features.transition" + number + ".", x);
    }
    return at::relu(pass.batch_norm("features.norm5", x)).mean({2, 3});
  }

  std::string head_name() const override { return "classifier"; }

 private:
  static void begin_conv(Pass& pass, const std::string& name, const at::Tensor& x, const ConvShape& shape) {
    begin(pass, name, {shape.out, x.size(1), shape.kernel, shape.kernel}, kaiming_fan_in(), false);
  }

  static at::Tensor conv(Pass& pass, const std::string& name, const at::Tensor& x, const ConvShape& shape) {
    begin_conv(pass, name, x, shape);
    return pass.conv(name, x, shape);
  }

  /// The channels a layer adds to all that came before it in its block.
  static at::Tensor layer(Pass& pass, const std::string& name, const at::Tensor& x) {
    const at::Tensor seen = at::relu(pass.batch_norm(name + "norm1", x));
    const ConvShape narrow{.out = kBottleneck, .kernel = 1};
    begin_conv(pass, name + "conv1", seen, narrow);
    return conv(pass, name + "conv2", pass.conv_bn(name + "conv1", name + "norm2", seen, narrow, true),
                {.out = kGrowth});
  }

  /// Half the channels, half the side.
  static at::Tensor transition(Pass& pass, const std::string& name, const at::Tensor& x) {
    const at::Tensor seen = at::relu(pass.batch_norm(name + "norm", x));
    return at::avg_pool2d(conv(pass, name + "conv", seen, {.out = x.size(1) / 2, .kernel = 1}), 2, 2);
  }

  std::string stem_ = "small";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::DenseNet121, "densenet121")
