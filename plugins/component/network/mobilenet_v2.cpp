// MobileNetV2 (arXiv 1801.04381) in torchvision's layout and names.
#include <ATen/ATen.h>

#include "nn/network.h"
#include "nn/start.h"

namespace retort::nn {
namespace {

struct Stage {
  int64_t expansion, out, blocks, stride;
};
constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                             {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
constexpr int64_t kStem = 32, kLast = 1280;

class MobileNetV2 : public Network {
 public:
  void declare(Declare& d) override {
    d.about("MobileNetV2 (Sandler et al., 2018), in torchvision's layout; its dropout is left out");
    d.param("stem", stem_,
            "small: the first convolution and the second stage keep the resolution; imagenet: they halve it")
        .one_of({"small", "imagenet"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    const bool small = stem_ == "small";
    at::Tensor x = unit(pass, "features.0", images, {.out = kStem, .stride = small ? 1 : 2});
    int64_t index = 1;
    for (const Stage& stage : kStages) {
      const int64_t stride = small && &stage == &kStages[1] ? 1 : stage.stride;
      for (int64_t i = 0; i < stage.blocks; ++i)
        x = block(pass, "features." + std::to_string(index++), x, stage, i == 0 ? stride : 1);
    }
    return unit(pass, "features." + std::to_string(index), x, {.out = kLast, .kernel = 1}).mean({2, 3});
  }

  std::string head_name() const override { return "classifier.1"; }
  at::Tensor logits(Pass& pass, const at::Tensor& features, int64_t classes) const override {
    return pass.linear(head_name(), features, classes, true, normal(0.01));
  }

 private:
  /// Convolution, BatchNorm, ReLU6.
  static at::Tensor unit(Pass& pass, const std::string& name, const at::Tensor& x, const ConvShape& shape) {
    return at::hardtanh(pass.conv_bn(name + ".0", name + ".1", x, shape, false), 0, 6);
  }

  /// Widened, filtered channel by channel, narrowed without an activation.
  static at::Tensor block(Pass& pass, const std::string& name, const at::Tensor& x, const Stage& stage,
                          int64_t stride) {
    const int64_t wide = x.size(1) * stage.expansion;
    int64_t index = 0;
    const auto next = [&] { return name + ".conv." + std::to_string(index++); };
    at::Tensor y = x;
    if (stage.expansion != 1) y = unit(pass, next(), y, {.out = wide, .kernel = 1});
    y = unit(pass, next(), y, {.out = wide, .stride = stride, .groups = wide});
    const bool residual = stride == 1 && x.size(1) == stage.out;
    const std::string conv = next(), bn = next();
    return pass.conv_bn(conv, bn, y, {.out = stage.out, .kernel = 1}, false, residual ? x : at::Tensor());
  }

  std::string stem_ = "small";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::MobileNetV2, "mobilenet_v2")
