// Settings that do not fit: each is refused with both values and the rule.
#include <ATen/ATen.h>

#include "method_under_test.h"

namespace retort::train {
namespace {

SslSetup setup(int64_t batch, std::vector<int64_t> view_sizes) {
  SslSetup made;
  made.network = std::make_shared<TinyNetwork>();
  made.backbone = nn::initialise(*made.network, 3, 8, 0, 1);
  made.backbone.require_grad(true);
  made.feature_size = 4;
  made.batch = batch;
  made.view_sizes = std::move(view_sizes);
  made.steps = made.epochs = 2;
  made.stream = [](const std::string&) { return 1; };
  return made;
}

std::string refusal(const std::string& method, const std::string& params, const SslSetup& with) {
  try {
    MethodUnderTest(method, params)->start(with);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Refusals, ThreeViewsForAMethodOfTwo) {
  for (const std::string method : {"simsiam", "byol", "simclr", "moco_v3", "barlow_twins", "vicreg"})
    EXPECT_EQ(refusal(method, R"({"hidden": 4})", setup(8, {8, 8, 4})),
              method + " compares 2 views of an image; the graph gives 3");
}

TEST(Refusals, OneImageAStep) {
  EXPECT_EQ(refusal("simclr", R"({"hidden": 4})", setup(1, {8, 8})),
            "simclr needs a batch of at least 2; it is 1: the other images are the negatives");
  EXPECT_EQ(refusal("vicreg", R"({"hidden": 4})", setup(1, {8, 8})),
            "vicreg needs a batch of at least 2; it is 1: variances are taken over the batch");
}

TEST(Refusals, JointViewsOfTwoSizes) {
  EXPECT_EQ(refusal("simclr", R"({"joint": true})", setup(8, {8, 6})),
            "simclr with joint passes needs views of one size; they are 8 and 6");
}

TEST(Refusals, AQueueSmallerThanABatch) {
  EXPECT_EQ(refusal("swav", R"({"queue": 6})", setup(8, {8, 8})),
            "swav's queue of 6 is smaller than the batch of 8; take 0 for none, or at least one batch");
  EXPECT_EQ(refusal("swav", R"({"queue": 0, "hidden": 4})", setup(8, {8, 8})), "accepted");
}

TEST(Refusals, LessVarianceThanInvariance) {
  EXPECT_EQ(
      refusal("vicreg", R"({"variance": 10})", setup(8, {8, 8})),
      "vicreg collapses when variance is less than invariance; they are 10.0 and 25.0; take a variance of at least "
      "25.0");
}

TEST(Refusals, ATemperatureOfZero) {
  for (const std::string method : {"simclr", "moco_v2", "moco_v3", "swav", "dino"})
    EXPECT_EQ(refusal(method, R"({"temperature": 0})", setup(8, {8, 8})),
              "\"temperature\" is 0, must be greater than 0")
        << method;
}

}  // namespace
}  // namespace retort::train
