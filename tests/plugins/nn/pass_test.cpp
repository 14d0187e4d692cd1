#include "nn/pass.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace retort::nn {
namespace {

using at::Tensor;

Weights batch_norm_weights() {
  Weights weights;
  PassOptions init;
  init.mode = Mode::init;
  init.generator = at::make_generator<at::CPUGeneratorImpl>(1);
  Pass(weights, init).batch_norm("bn", at::zeros({1, 3, 2, 2}));
  return weights;
}

PassOptions training(int64_t splits = 1, bool update = true) {
  PassOptions options;
  options.mode = Mode::train, options.splits = splits, options.update_running = update;
  return options;
}

TEST(Pass, TrainingMovesRunningStatisticsUnlessTold) {
  at::manual_seed(1);
  const Tensor x = at::randn({8, 3, 4, 4}) * 3 + 2;
  const Weights moved = batch_norm_weights(), still = batch_norm_weights();
  const Tensor a = Pass(moved, training()).batch_norm("bn", x);
  const Tensor b = Pass(still, training(1, false)).batch_norm("bn", x);
  EXPECT_TRUE(at::equal(a, b));
  EXPECT_TRUE(at::allclose(a.mean({0, 2, 3}), at::zeros({3}), 0, 1e-5));
  EXPECT_TRUE(at::allclose(moved.at("bn.running_mean"), x.mean({0, 2, 3}) * 0.1, 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(moved.at("bn.running_var"), x.transpose(0, 1).flatten(1).var(1) * 0.1 + 0.9, 1e-4, 1e-5));
  EXPECT_EQ(moved.at("bn.num_batches_tracked").item<int64_t>(), 1);
  EXPECT_TRUE(at::equal(still.at("bn.running_mean"), at::zeros({3})));
  EXPECT_EQ(still.at("bn.num_batches_tracked").item<int64_t>(), 0);
}

TEST(Pass, SplitsNormaliseConsecutiveParts) {
  at::manual_seed(1);
  const Tensor x = at::randn({8, 3, 4, 4}) + at::arange(8).view({8, 1, 1, 1});
  const Weights weights = batch_norm_weights();
  const Tensor y = Pass(weights, training(4)).batch_norm("bn", x);
  Tensor mean = at::zeros({3});
  for (int64_t part = 0; part < 4; ++part) {
    const Tensor mine = x.narrow(0, 2 * part, 2);
    const Weights alone = batch_norm_weights();
    EXPECT_TRUE(at::allclose(y.narrow(0, 2 * part, 2), Pass(alone, training()).batch_norm("bn", mine), 1e-5, 1e-5));
    mean += alone.at("bn.running_mean") / 4;
  }
  EXPECT_TRUE(at::allclose(weights.at("bn.running_mean"), mean, 1e-5, 1e-6));
  EXPECT_EQ(weights.at("bn.num_batches_tracked").item<int64_t>(), 1);
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user);
    return error.what();
  }
  return "computed";
}

/// As torch.nn.functional.batch_norm and group_norm refuse it.
TEST(Pass, OneValueAChannelIsRefusedWherePyTorchRefusesIt) {
  const Weights weights = batch_norm_weights();
  const auto train = [&](at::IntArrayRef shape, int64_t splits = 1, bool update = true) {
    return refusal([&] { Pass(weights, training(splits, update)).batch_norm("bn", at::randn(shape)); });
  };
  const std::string text = "\"bn\": expected more than 1 value per channel when training, got input size [1, 3, 1, 1]";
  EXPECT_THAT(train({1, 3, 1, 1}), testing::StartsWith(text));
  EXPECT_THAT(train({1, 3, 1, 1}, 1, false), testing::StartsWith(text));
  EXPECT_THAT(train({2, 3, 1, 1}, 2), testing::StartsWith(text));
  EXPECT_THAT(train({1, 3}), testing::HasSubstr("got input size [1, 3]"));
  EXPECT_THAT(train({3, 3, 2, 2}, 2), testing::HasSubstr("a batch of 3 images cannot be split into 2 parts"));
  EXPECT_EQ(train({1, 3, 1, 2}), "computed");
  EXPECT_EQ(train({2, 3, 1, 1}), "computed");
  EXPECT_TRUE(weights.at("bn.running_var").isfinite().all().item<bool>());
  const auto eval = [&] { Pass(weights, PassOptions{}).batch_norm("bn", at::randn({1, 3, 1, 1})); };
  EXPECT_EQ(refusal(eval), "computed");
}

TEST(Pass, GroupsOfOneValueAreRefused) {
  Weights weights;
  PassOptions init;
  init.mode = Mode::init;
  Pass(weights, init).group_norm("norm", at::zeros({1, 4, 2, 2}), 4);
  const auto norm = [&](at::IntArrayRef shape, int64_t groups) {
    return refusal([&] { Pass(weights, PassOptions{}).group_norm("norm", at::randn(shape), groups); });
  };
  EXPECT_THAT(norm({2, 4, 1, 1}, 4), testing::StartsWith("\"norm\": expected more than 1 value to normalise together"));
  EXPECT_EQ(norm({2, 4, 1, 1}, 2), "computed");
  EXPECT_EQ(norm({2, 4, 1, 2}, 4), "computed");
}

/// libtorch ends the process in some of these: https://github.com/pytorch/pytorch, oneDNN's strided 1×1 convolution.
TEST(Pass, StridedConvolutionsOfFewChannelsHaveTheRightGradients) {
  for (const int64_t channels : {3, 4, 8, 12, 16, 24}) {
    const ConvShape shape{.out = 16, .kernel = 1, .stride = 2};
    Weights weights;
    PassOptions init;
    init.mode = Mode::init;
    init.generator = at::make_generator<at::CPUGeneratorImpl>(1);
    Pass(weights, init).conv("conv", at::zeros({1, channels, 4, 4}), shape);
    weights = weights.channels_last();
    const Tensor weight = weights.at("conv.weight").requires_grad_(true);
    const Tensor x = at::randn({4, channels, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_(true);
    const Tensor y = Pass(static_cast<const Weights&>(weights), PassOptions{}).conv("conv", x, shape);
    y.square().sum().backward();
    const Tensor wide = x.detach().to(at::kDouble).contiguous().requires_grad_(true);
    const Tensor kernel = weight.detach().to(at::kDouble).contiguous().requires_grad_(true);
    const Tensor wanted = at::conv2d(wide, kernel, {}, 2);
    wanted.square().sum().backward();
    EXPECT_TRUE(at::allclose(y.to(at::kDouble), wanted, 1e-4, 1e-4)) << channels;
    EXPECT_TRUE(at::allclose(x.grad().to(at::kDouble), wide.grad(), 1e-4, 1e-4)) << channels;
    EXPECT_TRUE(at::allclose(weight.grad().to(at::kDouble), kernel.grad(), 1e-3, 1e-2)) << channels;
  }
}

TEST(Pass, InitialWeightsFollowTheirRules) {
  Weights weights;
  PassOptions init;
  init.mode = Mode::init;
  init.generator = at::make_generator<at::CPUGeneratorImpl>(1);
  Pass pass(weights, init);
  const Tensor x = pass.conv("kaiming", at::zeros({1, 64, 8, 8}), {.out = 128, .stride = 2});
  EXPECT_EQ(x.sizes(), at::IntArrayRef({1, 128, 4, 4}));
  pass.conv("default", x, {.out = 64, .kernel = 5, .groups = 4, .bias = true, .torch_default = true});
  pass.linear("fc", at::zeros({1, 400}), 300);
  EXPECT_NEAR(weights.at("kaiming.weight").std().item<double>(), std::sqrt(2.0 / (128 * 9)), 2e-4);
  const double bound = 1 / std::sqrt(32 * 25.0);
  EXPECT_LE(weights.at("default.weight").abs().max().item<double>(), bound);
  EXPECT_NEAR(weights.at("default.weight").std().item<double>(), bound / std::sqrt(3), 2e-4);
  EXPECT_LE(weights.at("default.bias").abs().max().item<double>(), bound);
  EXPECT_NEAR(weights.at("fc.weight").std().item<double>(), 0.05 / std::sqrt(3), 2e-4);
  EXPECT_EQ(weights.at("default.weight").sizes(), at::IntArrayRef({64, 32, 5, 5}));
}

TEST(Pass, NamedActivationsOnlyWhenAsked) {
  const Weights weights;
  PassOptions options;
  Pass silent(weights, options);
  silent.tap("relu1", at::zeros({1}));
  EXPECT_TRUE(silent.layers.empty());
  options.tap_layers = true;
  Pass tapping(weights, options);
  tapping.tap("relu1", at::zeros({1}));
  EXPECT_EQ(tapping.layers.at(0).name, "relu1");
}

}  // namespace
}  // namespace retort::nn
