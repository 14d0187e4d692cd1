#include "nn/weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace retort::nn {
namespace {

Weights three() {
  Weights weights;
  weights.add("conv1.weight", at::ones({2, 3}));
  weights.add("bn1.running_mean", at::zeros({2}), true);
  weights.add("bn1.running_var", at::ones({2}), true);
  weights.add("bn1.bias", at::full({2}, 5.0));
  return weights;
}

TEST(Weights, NamesTheNearestOfAnUnknownOne) {
  try {
    three().at("conv1.weigth");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_STREQ(error.what(), "no weight named \"conv1.weigth\"; did you mean \"conv1.weight\"?");
  }
}

TEST(Weights, ParametersLeaveBuffersOut) {
  const Weights weights = three();
  EXPECT_EQ(weights.parameters().size(), 2);
  EXPECT_EQ(weights.buffers().size(), 2);
  EXPECT_EQ(weights.parameter_count(), 8);
}

TEST(Weights, OtherParametersShareBuffers) {
  const Weights weights = three();
  const Weights other = weights.with_parameters({at::full({2, 3}, 7.0), at::zeros({2})});
  EXPECT_EQ(other.at("conv1.weight")[0][0].item<double>(), 7);
  EXPECT_EQ(weights.at("conv1.weight")[0][0].item<double>(), 1);
  EXPECT_TRUE(other.at("bn1.running_mean").is_same(weights.at("bn1.running_mean")));
}

TEST(Weights, ClonesShareNothing) {
  const Weights weights = three();
  Weights copy = weights.clone();
  at::Tensor changed = copy.at("bn1.bias");
  changed.zero_();
  EXPECT_EQ(weights.at("bn1.bias")[0].item<double>(), 5);
}

TEST(Weights, PrefixesComeAndGo) {
  Weights both;
  both.add_all("encoder.", three());
  both.add("head.weight", at::ones({1}));
  const Weights again = both.under("encoder.");
  ASSERT_EQ(again.all().size(), 4);
  EXPECT_EQ(again.all()[1].name, "bn1.running_mean");
  EXPECT_TRUE(again.all()[1].buffer);
  EXPECT_TRUE(both.contains("encoder.bn1.bias"));
}

TEST(Weights, OtherTypesKeepIntegers) {
  Weights weights = three();
  weights.add("bn1.num_batches_tracked", at::zeros({}, at::kLong), true);
  const Weights wide = weights.to(at::kCPU, at::kDouble);
  EXPECT_EQ(wide.at("conv1.weight").scalar_type(), at::kDouble);
  EXPECT_EQ(wide.at("bn1.num_batches_tracked").scalar_type(), at::kLong);
}

TEST(Weights, BatchNormStaysInFloatBesideHalfPrecision) {
  const Weights half = three().to(at::kCPU, at::kBFloat16);
  EXPECT_EQ(half.at("conv1.weight").scalar_type(), at::kBFloat16);
  EXPECT_EQ(half.at("bn1.running_mean").scalar_type(), at::kFloat);
  EXPECT_EQ(half.at("bn1.bias").scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace retort::nn
