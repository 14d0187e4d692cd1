// Settings that do not fit: each is refused with both values and the rule, or warned of. Settings that nobody gave fit
// the batch and the data set.
#include <ATen/ATen.h>

#include "method_under_test.h"
#include "vision/draw.h"

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

std::vector<std::string> warnings(const std::string& method, const std::string& params, SslSetup with) {
  std::vector<std::string> texts;
  with.warn = [&](const std::string& text) { texts.push_back(text); };
  MethodUnderTest(method, params)->start(with);
  return texts;
}

int64_t length_of(const std::string& method, const std::string& params, const SslSetup& with, int64_t dimension) {
  MethodUnderTest made(method, params);
  made->start(with);
  for (const auto& [name, tensor] : made->state())
    if (name == "queue") return tensor.size(dimension);
  return 0;
}

SslSetup of_epoch(int64_t batch, int64_t steps) {
  SslSetup made = setup(batch, {8, 8});
  made.steps = steps;
  return made;
}

TEST(Defaults, AQueueHoldsAtMostHalfOfTheImagesInWholeSteps) {
  EXPECT_EQ(length_of("moco_v2", "{}", of_epoch(512, 97), 0), 4096) << "that of the CIFAR demo";
  EXPECT_EQ(length_of("moco_v2", "{}", of_epoch(128, 39), 0), 2432) << "19 steps, half of 4992 images are 19.5";
  EXPECT_EQ(length_of("moco_v2", R"({"symmetric": true})", of_epoch(128, 39), 0), 2304) << "steps of 256 keys";
  EXPECT_EQ(length_of("moco_v2", "{}", of_epoch(100, 1), 0), 100) << "never less than a step";
  EXPECT_EQ(length_of("swav", R"({"hidden": 4})", of_epoch(256, 195), 1), 3840);
  EXPECT_EQ(length_of("swav", R"({"hidden": 4})", of_epoch(128, 39), 1), 2432);
  EXPECT_EQ(length_of("swav", R"({"hidden": 4})", of_epoch(64, 1), 1), 0) << "no whole step fits: no queue";
}

double first_loss(const std::string& params, int64_t batch) {
  MethodUnderTest method("moco_v2", params);
  method->start(of_epoch(batch, 40));
  auto random = vision::make_generator(3);
  const std::vector<at::Tensor> views{at::randn({batch, 3, 8, 8}, random), at::randn({batch, 3, 8, 8}, random)};
  return method->loss({views, Position{0, 0, 40, 2}, vision::make_generator(5)}).item<double>();
}

TEST(Defaults, PartsOfTheBatchHave64Images) {
  EXPECT_EQ(first_loss("{}", 128), first_loss(R"({"splits": 2})", 128));
  EXPECT_NE(first_loss("{}", 128), first_loss(R"({"splits": 1})", 128));
  EXPECT_EQ(first_loss("{}", 512), first_loss(R"({"splits": 8})", 512)) << "the CIFAR demo's";
  EXPECT_EQ(first_loss("{}", 1024), first_loss(R"({"splits": 8})", 1024));
  EXPECT_EQ(first_loss("{}", 150), first_loss(R"({"splits": 2})", 150));
  EXPECT_EQ(first_loss("{}", 201), first_loss(R"({"splits": 3})", 201));
  EXPECT_EQ(first_loss("{}", 197), first_loss(R"({"splits": 1})", 197)) << "a prime is not divided";
}

TEST(Warnings, FewerThan32ImagesThatShareBatchNorm) {
  EXPECT_EQ(warnings("moco_v2", R"({"splits": 8})", of_epoch(128, 100)),
            std::vector<std::string>{"BatchNorm takes its statistics over 16 images (\"batch\" 128 in 8 \"splits\"): "
                                     "of fewer than 32 they are mostly noise, and methods learn less. Take at most 4 "
                                     "\"splits\""});
  EXPECT_TRUE(warnings("moco_v2", R"({"splits": 4})", of_epoch(128, 100)).empty());
  const std::string small =
      "BatchNorm takes its statistics over 16 images (\"batch\" 16): of fewer than 32 they are mostly noise, and "
      "methods learn less. Take a \"batch\" of at least 32";
  for (const std::string method :
       {"simsiam", "byol", "simclr", "moco_v2", "moco_v3", "barlow_twins", "vicreg", "swav", "dino"})
    EXPECT_EQ(warnings(method, method == "moco_v2" ? "{}" : R"({"hidden": 4})", of_epoch(16, 100)),
              std::vector<std::string>{small})
        << method;
}

TEST(Warnings, AQueueOfMoreKeysThanImages) {
  const auto told = warnings("moco_v2", R"({"queue": 4096})", of_epoch(64, 10));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0],
            "moco_v2: a \"queue\" of 4096 keys is more than the 640 images of an epoch: the query's own image is among "
            "its negatives every time, which works against what is learnt. Take at most half: 320");
  EXPECT_TRUE(warnings("moco_v2", R"({"queue": 640})", of_epoch(64, 10)).empty());
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
