// Names, counts and positions of the transformers; their logits beside timm's are in tests/whole/peers/networks.py.
#include "nn/vit.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "networks.h"

namespace retort::nn {
namespace {

class TestVit : public Vit {
 public:
  TestVit(int64_t dim, int64_t heads, const std::string& text = "{}") : Vit(dim, heads) {
    Declare d;
    declare_all(d);
    NoComponents none;
    RETORT_CHECK(d.bind(Json::parse(text), none).empty());
  }
  void declare(Declare& d) override { declare_shared(d); }
};

at::Tensor features(const Network& network, const Weights& weights, const at::Tensor& images) {
  Pass pass(weights, PassOptions{});
  return network.features(pass, images);
}

TEST(Vit, CountsAreTimms) {
  EXPECT_EQ(outline(TestVit(192, 3), 3, 224, 1000).parameter_count(), 5'717'416);
  EXPECT_EQ(outline(TestVit(384, 6), 3, 224, 1000).parameter_count(), 22'050'664);
}

TEST(Vit, NamesAndOrderAreTimms) {
  const Weights weights = outline(TestVit(192, 3, R"({"depth": 1})"), 3, 224, 10);
  std::vector<std::string> names;
  for (const auto& each : weights.all()) names.push_back(each.name);
  const std::vector<std::string> expected{"cls_token",
                                          "pos_embed",
                                          "patch_embed.proj.weight",
                                          "patch_embed.proj.bias",
                                          "blocks.0.norm1.weight",
                                          "blocks.0.norm1.bias",
                                          "blocks.0.attn.qkv.weight",
                                          "blocks.0.attn.qkv.bias",
                                          "blocks.0.attn.proj.weight",
                                          "blocks.0.attn.proj.bias",
                                          "blocks.0.norm2.weight",
                                          "blocks.0.norm2.bias",
                                          "blocks.0.mlp.fc1.weight",
                                          "blocks.0.mlp.fc1.bias",
                                          "blocks.0.mlp.fc2.weight",
                                          "blocks.0.mlp.fc2.bias",
                                          "norm.weight",
                                          "norm.bias",
                                          "head.weight",
                                          "head.bias"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(weights.at("pos_embed").sizes(), at::IntArrayRef({1, 197, 192}));
}

TEST(Vit, FixedPositionsAreSinesOfTheRowThenOfTheColumn) {
  const Weights weights = initialise(TestVit(192, 3, R"({"depth": 1, "patch": 4, "dialect": "moco_v3"})"), 3, 16, 0, 1);
  const at::Tensor at = weights.at("pos_embed");
  const auto value = [&](int64_t row, int64_t column, int64_t k) {
    return at[0][1 + 4 * row + column][k].item<double>();
  };
  EXPECT_EQ(at[0][0].abs().max().item<double>(), 0) << "the class token has none";
  const double w = std::pow(10000.0, -5.0 / 48);
  EXPECT_NEAR(value(3, 1, 5), std::sin(3 * w), 1e-6);
  EXPECT_NEAR(value(3, 1, 48 + 5), std::cos(3 * w), 1e-6);
  EXPECT_NEAR(value(3, 1, 96 + 5), std::sin(1 * w), 1e-6);
  EXPECT_NEAR(value(3, 1, 144 + 5), std::cos(1 * w), 1e-6);
  for (const auto& each : weights.all()) EXPECT_EQ(each.buffer, each.name == "pos_embed") << each.name;
}

TEST(Vit, AnotherSizeOfImageResizesThePositions) {
  const TestVit network(192, 3, R"({"depth": 1, "patch": 4})");
  const Weights weights = initialise(network, 3, 32, 0, 1);
  const at::Tensor small = features(network, weights, at::zeros({2, 3, 16, 16}));
  EXPECT_EQ(small.sizes(), at::IntArrayRef({2, 192}));
  EXPECT_TRUE(at::isfinite(small).all().item<bool>());
}

TEST(Vit, TheFeaturesOfFourBlocksAreTheirClassTokensJoined) {
  const TestVit one(192, 3, R"({"depth": 5, "patch": 4})"),
      four(192, 3, R"({"depth": 5, "patch": 4, "feature_blocks": 4})");
  const Weights weights = initialise(one, 3, 16, 0, 1);
  const at::Tensor images = at::randn({2, 3, 16, 16}, at::make_generator<at::CPUGeneratorImpl>(3), at::kFloat);
  const at::Tensor all = features(four, weights, images);
  EXPECT_EQ(all.sizes(), at::IntArrayRef({2, 4 * 192}));
  for (int64_t depth = 2; depth <= 5; ++depth) {  // a network that ends at that block
    const TestVit shorter(192, 3, "{\"patch\": 4, \"depth\": " + std::to_string(depth) + "}");
    EXPECT_TRUE(at::equal(all.narrow(1, (depth - 2) * 192, 192), features(shorter, weights, images))) << depth;
  }
}

TEST(Vit, DropPathLeavesOutBranchesOfSomeImagesInTraining) {
  const TestVit plain(192, 3, R"({"depth": 2, "patch": 8})"),
      dropping(192, 3, R"({"depth": 2, "patch": 8, "drop_path": 0.5})"), bare(192, 3, R"({"depth": 1, "patch": 8})");
  const Weights weights = initialise(plain, 3, 16, 0, 1);
  const at::Tensor images = at::randn({64, 3, 16, 16}, at::make_generator<at::CPUGeneratorImpl>(3), at::kFloat);
  const auto trained = [&](const Network& network, std::optional<uint64_t> seed) {
    PassOptions options;
    options.mode = Mode::train;
    if (seed) options.generator = at::make_generator<at::CPUGeneratorImpl>(*seed);
    Pass pass(weights, options);
    return network.features(pass, images);
  };
  EXPECT_TRUE(at::equal(features(dropping, weights, images), features(plain, weights, images))) << "in eval mode";
  EXPECT_TRUE(at::equal(trained(dropping, {}), trained(plain, 1))) << "without a source of chance: a teacher";
  EXPECT_TRUE(at::equal(trained(dropping, 1), trained(dropping, 1)));
  EXPECT_FALSE(at::equal(trained(dropping, 1), trained(dropping, 2)));
  // The last block's two branches are each left out with probability one half, and count twice where they stay.
  const at::Tensor found = trained(dropping, 1), whole = trained(plain, 1), shorter = trained(bare, 1);
  const auto like = [&](const at::Tensor& other) {
    return (found - other).abs().amax(1).lt(1e-4).sum().item<int64_t>();
  };
  EXPECT_EQ(like(whole), 0);
  EXPECT_GT(like(shorter), 4) << "of 64 images, a quarter is expected to lack the whole block";
  EXPECT_LT(like(shorter), 32);
}

TEST(Vit, SaysWhatDoesNotFit) {
  const auto text_of = [](const Network& network, int64_t size) {
    try {
      outline(network, 3, size, 0);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(text_of(TestVit(192, 5), 224), "\"heads\" 5 does not divide the width 192");
  EXPECT_EQ(text_of(TestVit(192, 3), 8),
            "\"patch\" 16 is larger than the images of 8 pixels; take one that divides them");
  EXPECT_EQ(text_of(TestVit(192, 3, R"({"depth": 2, "feature_blocks": 4})"), 224),
            "\"feature_blocks\" 4 is more than \"depth\" 2; take at most that");
}

}  // namespace
}  // namespace retort::nn
