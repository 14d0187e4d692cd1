// EfficientNet-B0 (arXiv 1905.11946) in torchvision's layout and names.
#include <ATen/ATen.h>

#include "nn/network.h"
#include "nn/start.h"

namespace retort::nn {
namespace {

struct Stage {
  int64_t expansion, kernel, stride, out, blocks;
};
constexpr Stage kStages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                             {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
constexpr int64_t kStem = 32, kLast = 1280, kSqueeze = 4;

class EfficientNetB0 : public Network {
 public:
  void declare(Declare& d) override {
    d.about("EfficientNet-B0 (Tan and Le, 2019), in torchvision's layout; dropout and dropped blocks are left out");
    d.param("stem", stem_, "small: the first convolution keeps the resolution; imagenet: it halves it")
        .one_of({"small", "imagenet"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    at::Tensor x = unit(pass, "features.0", images, {.out = kStem, .stride = stem_ == "small" ? 1 : 2});
    int64_t index = 1;
    for (const Stage& stage : kStages) {
      const std::string name = "features." + std::to_string(index++) + ".";
      for (int64_t i = 0; i < stage.blocks; ++i)
        x = block(pass, name + std::to_string(i) + ".block.", x, stage, i == 0 ? stage.stride : 1);
    }
    return unit(pass, "features." + std::to_string(index), x, {.out = kLast, .kernel = 1}).mean({2, 3});
  }

  std::string head_name() const override { return "classifier.1"; }
  at::Tensor logits(Pass& pass, const at::Tensor& features, int64_t classes) const override {
    return pass.linear(head_name(), features, classes, true, uniform_by_outputs());
  }

 private:
  /// Convolution, BatchNorm, SiLU.
  static at::Tensor unit(Pass& pass, const std::string& name, const at::Tensor& x, const ConvShape& shape) {
    return at::silu(pass.conv_bn(name + ".0", name + ".1", x, shape, false));
  }

  /// Each channel times a number between 0 and 1 that all channels' means decide.
  static at::Tensor excited(Pass& pass, const std::string& name, const at::Tensor& x, int64_t narrow) {
    const auto layer = [&](const char* which, const at::Tensor& input, int64_t out) {
      begin(pass, name + which, {out, input.size(1), 1, 1}, kaiming_fan_out(), true);
      return pass.conv(name + which, input, {.out = out, .kernel = 1, .bias = true});
    };
    const at::Tensor mean = x.mean({2, 3}, true);
    return x * layer(".fc2", at::silu(layer(".fc1", mean, narrow)), x.size(1)).sigmoid();
  }

  static at::Tensor block(Pass& pass, const std::string& name, const at::Tensor& x, const Stage& stage,
                          int64_t stride) {
    const int64_t in = x.size(1), wide = in * stage.expansion;
    int64_t index = 0;
    const auto next = [&] { return name + std::to_string(index++); };
    at::Tensor y = x;
    if (stage.expansion != 1) y = unit(pass, next(), y, {.out = wide, .kernel = 1});
    y = unit(pass, next(), y, {.out = wide, .kernel = stage.kernel, .stride = stride, .groups = wide});
    y = excited(pass, next(), y, std::max<int64_t>(1, in / kSqueeze));
    const std::string last = next();
    const bool residual = stride == 1 && in == stage.out;
    return pass.conv_bn(last + ".0", last + ".1", y, {.out = stage.out, .kernel = 1}, false,
                        residual ? x : at::Tensor());
  }

  std::string stem_ = "small";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::EfficientNetB0, "efficientnet_b0")
