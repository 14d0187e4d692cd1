// AlexNet: torchvision's (arXiv 1404.5997), and the small one of the dataset-distillation code bases (METHODS.md 1.3).
#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "nn/plain_convnet.h"

namespace retort::nn {
namespace {

struct Layer {
  int64_t out, kernel, stride, padding;
  bool pooled;
};
constexpr Layer kLarge[] = {
    {64, 11, 4, 2, true}, {192, 5, 1, 2, true}, {384, 3, 1, 1, false}, {256, 3, 1, 1, false}, {256, 3, 1, 1, true}};
constexpr Layer kSmall[] = {
    {128, 5, 1, 2, true}, {192, 5, 1, 2, true}, {256, 3, 1, 1, false}, {192, 3, 1, 1, false}, {192, 3, 1, 1, true}};
constexpr int64_t kLeastLarge = 63, kLeastSmall = 8;  // smaller images leave nothing to pool

class AlexNet : public PlainConvNet {
 public:
  AlexNet() : PlainConvNet(1, "fc") {}

  void declare(Declare& d) override {
    d.about("AlexNet, in torchvision's layout; its dropout is left out");
    declare_stem(
        d, "small: DC's version for images of 32 pixels, one linear layer; imagenet: torchvision's, from 63 pixels on");
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    const int64_t side = std::min(images.size(2), images.size(3));
    if (side < (small() ? kLeastSmall : kLeastLarge)) refuse(side);
    at::Tensor x = images;
    int64_t index = 0;  // within torch's Sequential "features", whose modules without weights count too
    for (const Layer& layer : small() ? kSmall : kLarge) {
      const int64_t padding = small() && index == 0 && images.size(1) == 1 ? 4 : layer.padding;
      x = at::relu(pass.conv("features." + std::to_string(index), x,
                             {.out = layer.out,
                              .kernel = layer.kernel,
                              .stride = layer.stride,
                              .padding = padding,
                              .bias = true,
                              .torch_default = true}));
      index += 2;
      if (!layer.pooled) continue;
      const int64_t window = small() ? 2 : 3;
      x = at::max_pool2d(x, window, 2);
      ++index;
    }
    return embedded(pass, x, 6);
  }

 private:
  [[noreturn]] void refuse(int64_t side) const {
    const std::string least = std::to_string(kLeastSmall);
    throw Error(ErrorKind::user, "images of " + std::to_string(side) +
                                     " pixels are too small for alexnet with \"stem\" " +
                                     (small() ? "\"small\", which takes " + least + " or more"
                                              : "\"imagenet\", which takes " + std::to_string(kLeastLarge) +
                                                    " or more; \"small\" takes " + least));
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::AlexNet, "alexnet")
