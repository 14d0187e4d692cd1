// ConvNet-D of the matching methods (DC, DSA, DM, MTT; METHODS.md 1.3), with their parameter names and order.
#include <ATen/ATen.h>

#include "nn/network.h"

namespace retort::nn {
namespace {

class ConvNet : public Network {
 public:
  void declare(Declare& d) override {
    d.about("ConvNet-D of DC, DSA, DM and MTT: blocks of convolution, normalisation, activation and pooling");
    d.param("depth", depth_, "Blocks: 3 for images of 32 pixels, 4 for 64, 5 for 128").between(1, 8);
    d.param("width", width_, "Channels of each block").at_least(1);
    d.param("norm", norm_, "Normalisation; group has 4 groups, instance one a channel")
        .one_of({"instance", "batch", "layer", "group", "none"});
    d.param("activation", activation_, "What follows the normalisation")
        .one_of({"relu", "leaky_relu", "sigmoid", "swish"});
    d.param("pooling", pooling_, "2x2, stride 2").one_of({"avg", "max", "none"});
  }

  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    at::Tensor x = images;
    int64_t index = 0;  // within torch's Sequential "features", whose modules without weights count too
    const auto next = [&] { return "features." + std::to_string(index++); };
    for (int64_t block = 0; block < depth_; ++block) {
      const int64_t padding = block == 0 && images.size(1) == 1 ? 3 : 1;
      x = pass.conv(next(), x, {.out = width_, .padding = padding, .bias = true, .torch_default = true});
      if (norm_ != "none") x = normalised(pass, next(), x);
      ++index;
      x = activated(x);
      pass.tap("relu" + std::to_string(block + 1), x);
      if (pooling_ == "none") continue;
      ++index;
      x = pooling_ == "avg" ? at::avg_pool2d(x, 2, 2) : at::max_pool2d(x, 2, 2);
      pass.tap("pool" + std::to_string(block + 1), x);
    }
    return x.flatten(1);
  }

  std::string head_name() const override { return "classifier"; }

 private:
  at::Tensor normalised(Pass& pass, const std::string& name, const at::Tensor& x) const {
    if (norm_ == "batch") return pass.batch_norm(name, x);
    if (norm_ == "layer") return pass.layer_norm(name, x);
    return pass.group_norm(name, x, norm_ == "instance" ? width_ : 4);
  }

  at::Tensor activated(const at::Tensor& x) const {
    if (activation_ == "relu") return at::relu(x);
    if (activation_ == "leaky_relu") return at::leaky_relu(x, 0.01);
    if (activation_ == "sigmoid") return at::sigmoid(x);
    return at::silu(x);
  }

  int64_t depth_ = 3, width_ = 128;
  std::string norm_ = "instance", activation_ = "relu", pooling_ = "avg";
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ConvNet, "convnet")
