#include "sdk/torch/normalization.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace retort {
namespace {

TEST(Normalization, AppliesTheNamedConstantsToPixels) {
  at::Tensor pixels = at::zeros({1, 3, 1, 2}, at::kByte);
  pixels.select(3, 1).fill_(255);
  const at::Tensor images = Normalization::named("cifar-A").apply(pixels);
  EXPECT_EQ(images.scalar_type(), at::kFloat);
  EXPECT_NEAR(images[0][0][0][0].item<float>(), -0.4914 / 0.2023, 1e-6);
  EXPECT_NEAR(images[0][2][0][1].item<float>(), (1 - 0.4465) / 0.2010, 1e-6);
}

TEST(Normalization, InvertsWhatItApplied) {
  const at::Tensor pixels = at::rand({2, 3, 4, 4});
  const auto constants = Normalization::named("in");
  EXPECT_TRUE(at::allclose(constants.invert(constants.apply(pixels)), pixels, 1e-5, 1e-6));
}

TEST(Normalization, ClipsToWhatPixelsCanBe) {
  const auto constants = Normalization::named("tiny");
  at::Tensor images = at::randn({2, 3, 4, 4}) * 10;
  constants.clip_(images);
  const at::Tensor pixels = constants.invert(images);
  EXPECT_NEAR(pixels.min().item<float>(), 0, 1e-6);
  EXPECT_NEAR(pixels.max().item<float>(), 1, 1e-6);
}

TEST(Normalization, SurvivesJson) {
  for (const std::string& name : Normalization::names()) {
    const auto constants = Normalization::named(name);
    const auto again = Normalization::from_json(constants.json());
    EXPECT_EQ(again, constants);
    EXPECT_EQ(again.name, name);
  }
}

TEST(Normalization, RefusesWhatItDoesNotKnow) {
  try {
    Normalization::named("cifar");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "unknown normalisation \"cifar\"; known: none, cifar-A, cifar-A', cifar-B, cifar-B', tiny, tiny-B, in");
  }
  EXPECT_THROW(Normalization::named("in").apply(at::zeros({1, 1, 2, 2}, at::kByte)), Error);
  EXPECT_THROW(Normalization::from_json({{"mean", {0.5}}, {"std", {0}}}), Error);
}

}  // namespace
}  // namespace retort
