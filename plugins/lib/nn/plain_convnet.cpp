#include "nn/plain_convnet.h"

#include <ATen/ATen.h>

namespace retort::nn {
namespace {

constexpr int64_t kHidden = 4096;

}  // namespace

void PlainConvNet::declare_stem(Declare& d, const std::string& about) {
  d.param("stem", stem_, about).one_of({"small", "imagenet"});
}

std::string PlainConvNet::head_name() const { return small() ? small_head_ : "classifier.6"; }

at::Tensor PlainConvNet::logits(Pass& pass, const at::Tensor& features, int64_t classes) const {
  return pass.linear(head_name(), features, classes, true, small() ? Start() : linear_start());
}

at::Tensor PlainConvNet::embedded(Pass& pass, const at::Tensor& x, int64_t side) const {
  if (small()) return x.flatten(1);
  at::Tensor y = at::adaptive_avg_pool2d(x, {side, side}).flatten(1);
  for (const int64_t layer : {first_, first_ + 3})
    y = at::relu(pass.linear("classifier." + std::to_string(layer), y, kHidden, true, linear_start()));
  return y;
}

}  // namespace retort::nn
