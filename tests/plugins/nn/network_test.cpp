// Architectures against lists that torchvision printed (tests/whole/peers/networks.py --list).
#include "nn/network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "listing.h"
#include "networks.h"

namespace retort::nn {
namespace {

TEST(ResNet, HasTorchvisionsNamesOrderAndShapes) {
  EXPECT_EQ(listing(initialise(TestResNet(R"({"stem": "small"})"), 3, 32, 100, 1)), expected("resnet18_small_100"));
  EXPECT_EQ(listing(outline(TestResNet(R"({"stem": "imagenet"})"), 3, 224, 1000)), expected("resnet18"));
  EXPECT_EQ(listing(outline(TestResNet(R"({"stem": "imagenet"})", true), 3, 224, 1000)), expected("resnet50"));
}

TEST(ResNet, CountsAsPublished) {
  EXPECT_EQ(initialise(TestResNet(R"({"stem": "small"})"), 3, 32, 100, 1).parameter_count(), 11'220'132);
  EXPECT_EQ(outline(TestResNet(R"({"stem": "imagenet"})"), 3, 224, 1000).parameter_count(), 11'689'512);
}

TEST(ResNet, TapsEveryBatchNormInTraversalOrder) {
  const TestResNet network(R"({"width": 4})");
  const Weights weights = initialise(network, 3, 16, 0, 1);
  PassOptions options;
  options.tap_batch_norm = true;
  Pass pass(weights, options);
  network.features(pass, at::zeros({2, 3, 16, 16}));
  ASSERT_EQ(pass.batch_norms.size(), 20);
  EXPECT_EQ(pass.batch_norms[0].name, "bn1");
  EXPECT_EQ(pass.batch_norms[6].name, "layer2.0.bn2");
  EXPECT_EQ(pass.batch_norms[7].name, "layer2.0.downsample.1");
  EXPECT_EQ(pass.batch_norms[19].name, "layer4.1.bn2");
}

TEST(ResNet, ZeroInitResidualTouchesTheLastBatchNormOfEachBlockOnly) {
  const Weights weights = initialise(TestResNet(R"({"width": 4, "zero_init_residual": true})"), 3, 16, 0, 1);
  EXPECT_EQ(weights.at("layer1.0.bn2.weight").abs().max().item<float>(), 0);
  EXPECT_EQ(weights.at("layer1.0.bn1.weight").min().item<float>(), 1);
  EXPECT_EQ(weights.at("layer2.0.downsample.1.weight").min().item<float>(), 1);
}

TEST(ResNet, ItsPropertiesHold) {
  EXPECT_EQ(TestResNet(R"({"width": 4})").broken_properties(), std::vector<std::string>{});
}

/// Each mistake a network's author can make is found.
class Mistaken : public Network {
 public:
  explicit Mistaken(int mistake) : mistake_(mistake) {}
  void declare(Declare&) override {}
  at::Tensor features(Pass& pass, const at::Tensor& images) const override {
    at::Tensor x = pass.conv("conv1", images, {.out = 4});
    if (mistake_ == 0) return x;
    if (mistake_ == 1) x = x - x.mean(0, true);
    if (mistake_ == 2) pass.conv("unused", images, {.out = 2});
    if (mistake_ == 3) x = x.detach();
    return x.mean({2, 3});
  }

 private:
  int mistake_;
};

TEST(Network, BrokenPropertiesAreFound) {
  using List = std::vector<std::string>;
  EXPECT_EQ(Mistaken(0).broken_properties(), List{"features have shape [4, 4, 32, 32]; expected [4, F]"});
  EXPECT_EQ(Mistaken(1).broken_properties(), List{"in eval mode images see each other"});
  EXPECT_EQ(Mistaken(2).broken_properties(), List{"no gradient reaches \"unused.weight\""});
  EXPECT_EQ(Mistaken(3).broken_properties(),
            (List{"no finite gradient reaches the images", "no gradient reaches \"conv1.weight\""}));
  EXPECT_EQ(Mistaken(4).broken_properties(), List{});
}

}  // namespace
}  // namespace retort::nn
