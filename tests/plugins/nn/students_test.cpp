// Students of cross-architecture tables: names, order, shapes and counts against lists that torchvision printed
// (tests/whole/peers/networks.py --list); their logits are compared in tests/whole/peers.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "listing.h"
#include "support/network_plugin.h"

namespace retort::nn {
namespace {

using test::network_plugin;

struct Student {
  const char* list;
  const char* type;
  const char* params;
  int64_t parameters;  // as torchvision publishes it
};

class Students : public testing::TestWithParam<Student> {};

TEST_P(Students, HaveTorchvisionsNamesOrderShapesAndCounts) {
  const auto network = network_plugin(GetParam().type, Json::parse(GetParam().params));
  const Weights weights = outline(*network, 3, 224, 1000);
  EXPECT_EQ(listing(weights), expected(GetParam().list));
  EXPECT_EQ(weights.parameter_count(), GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Students,
    testing::Values(Student{"alexnet", "alexnet", R"({"stem": "imagenet"})", 61'100'840},
                    Student{"densenet121", "densenet121", R"({"stem": "imagenet"})", 7'978'856},
                    Student{"efficientnet_b0", "efficientnet_b0", R"({"stem": "imagenet"})", 5'288'548},
                    Student{"mobilenet_v2", "mobilenet_v2", R"({"stem": "imagenet"})", 3'504'872},
                    Student{"shufflenet_v2", "shufflenet_v2", R"({"stem": "imagenet"})", 2'278'604},
                    Student{"vgg11", "vgg11", R"({"stem": "imagenet"})", 132'863'336},
                    Student{"vgg11_bn", "vgg11", R"({"stem": "imagenet", "norm": "batch"})", 132'868'840}),
    [](const auto& info) { return info.param.list; });

TEST(DeitTiny, CountIsTimms) {
  EXPECT_EQ(outline(*network_plugin("deit_tiny", Json::object()), 3, 224, 1000).parameter_count(), 5'717'416);
}

std::vector<int64_t> features(const std::string& type, const Json& params, int64_t size) {
  const auto network = network_plugin(type, params);
  Weights weights;
  PassOptions options;
  options.mode = Mode::init;
  Pass pass(weights, options);
  return network->features(pass, at::zeros({1, 3, size, size})).sizes().vec();
}

/// The small versions keep a map of at least 2 × 2 before it is pooled, or are those of DC.
TEST(Students, SmallVersionsAreMadeFor32Pixels) {
  const auto wide = [](int64_t features) { return std::vector<int64_t>{1, features}; };
  EXPECT_EQ(features("alexnet", Json::object(), 32), wide(192 * 4 * 4));
  EXPECT_EQ(features("vgg11", {{"norm", "instance"}}, 32), wide(512));
  EXPECT_EQ(features("mobilenet_v2", Json::object(), 32), wide(1280));
  EXPECT_EQ(features("shufflenet_v2", Json::object(), 32), wide(1024));
  EXPECT_EQ(features("densenet121", Json::object(), 32), wide(1024));
  EXPECT_EQ(features("efficientnet_b0", Json::object(), 32), wide(1280));
}

std::string refusal(const std::string& type, const Json& params, int64_t size) {
  try {
    features(type, params, size);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Students, SayWhichImagesAreTooSmall) {
  EXPECT_EQ(refusal("alexnet", {{"stem", "imagenet"}}, 32),
            "images of 32 pixels are too small for alexnet with \"stem\" \"imagenet\", which takes 63 or more; "
            "\"small\" takes 8");
  EXPECT_EQ(refusal("alexnet", Json::object(), 7),
            "images of 7 pixels are too small for alexnet with \"stem\" \"small\", which takes 8 or more");
  EXPECT_EQ(refusal("vgg11", Json::object(), 28),
            "images of 28 pixels are too small for vgg11, which takes 32 or more");
  EXPECT_EQ(features("alexnet", {{"stem", "imagenet"}}, 63).size(), 2);
}

}  // namespace
}  // namespace retort::nn
