// ShuffleNetV2 at width 1 (arXiv 1807.11164) in the layout and names of torchvision's shufflenet_v2_x1_0.
#include <ATen/ATen.h>

#include "nn/network.h"

namespace retort::nn {
namespace {

struct Stage {
  const char* name;
  int64_t out, blocks;
};
constexpr Stage kStages[] = {{"stage2", 116, 4}, {"stage3", 232, 8}, {"stage4", 464, 4}};
constexpr int64_t kStem = 24, kLast = 1024;

class ShuffleNetV2 : public Network {
 public:
  void declare(Declare& d) override {
    d.about("ShuffleNetV2 of width 1 (Ma et al., 2018), in torchvision's layout");
    d.param("stem", stem_, "small: 3x3 stride 1, no pooling; imagenet: 3x3 stride 2, max pooling")
        .one_of({"small", "imagenet"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    const bool small = stem_ == "small";
    at::Tensor x = unit(pass, "conv1.", 0, images, shape(kStem, 3, small ? 1 : 2));
    if (!small) x = at::max_pool2d(x, 3, 2, 1);
    for (const Stage& stage : kStages)
      for (int64_t i = 0; i < stage.blocks; ++i)
        x = block(pass, std::string(stage.name) + "." + std::to_string(i), x, stage.out / 2, i == 0);
    return unit(pass, "conv5.", 0, x, shape(kLast, 1, 1)).mean({2, 3});
  }

 private:
  /// torchvision leaves these convolutions at torch's default weights.
  static ConvShape shape(int64_t out, int64_t kernel, int64_t stride, int64_t groups = 1) {
    return {.out = out, .kernel = kernel, .stride = stride, .groups = groups, .torch_default = true};
  }

  /// Modules `index` and `index + 1` of a Sequential: convolution and BatchNorm; then ReLU unless `relu` is false.
  static at::Tensor unit(Pass& pass, const std::string& sequential, int64_t index, const at::Tensor& x,
                         const ConvShape& shape, bool relu = true) {
    return pass.conv_bn(sequential + std::to_string(index), sequential + std::to_string(index + 1), x, shape, relu);
  }

  /// [N,2·half,H,W]. At stride 1 one half of the channels passes by; at stride 2 both branches see all of them.
  static at::Tensor block(Pass& pass, const std::string& name, const at::Tensor& x, int64_t half, bool halves) {
    const int64_t stride = halves ? 2 : 1, channels = x.size(1);
    at::Tensor passed, seen = x;
    if (halves) {
      const std::string branch = name + ".branch1.";
      passed = unit(pass, branch, 0, x, shape(channels, 3, 2, channels), false);
      passed = unit(pass, branch, 2, passed, shape(half, 1, 1));
    } else {
      passed = x.narrow(1, 0, half);
      seen = x.narrow(1, half, half);
    }
    const std::string branch = name + ".branch2.";
    at::Tensor y = unit(pass, branch, 0, seen, shape(half, 1, 1));
    y = unit(pass, branch, 3, y, shape(half, 3, stride, half), false);
    y = unit(pass, branch, 5, y, shape(half, 1, 1));
    // Channels of the two alternate, so that the next block's halves hold some of each.
    return at::stack({passed, y}, 2).flatten(1, 2);
  }

  std::string stem_ = "small";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ShuffleNetV2, "shufflenet_v2")
