#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "match/trajectories.h"
#include "sdk/torch/space.h"
#include "toy_data.h"

namespace retort::test {
namespace {

Json with(Json params, const Json& more) {
  params.update(more);
  return params;
}

Artifact experts(const ToyData& data, const Json& more = Json::object(), const std::string& name = "experts") {
  NodeRun node("trajectory.experts",
               with({{"network", tiny_convnet()}, {"experts", 2}, {"epochs", 3}, {"batch", 4}}, more), name);
  return node.input("data", {data.artifact}).go().output("trajectories");
}

Json params_of(const Json& more = Json::object()) {
  return with({{"per_class", 2},
               {"iterations", 3},
               {"steps", 3},
               {"expert_epochs", 2},
               {"max_start", 2},
               {"batch_syn", 4},
               {"lr", 10},
               {"augment", "dsa"},
               {"checkpoint_seconds", 0}},
              more);
}

struct Distilled {
  Artifact artifact;
  LabelledImages images;
};

Distilled distil(const std::string& type, const Json& params, const ToyData& data, const Artifact& trajectories,
                 const std::string& name = "node") {
  NodeRun node(type, params, name);
  auto artifact = node.input("data", {data.artifact}).input("trajectories", {trajectories}).go().output("images");
  return {artifact, read_images(artifact)};
}

std::string refusal(const std::string& type, const Json& params, const ToyData& data,
                    std::vector<Artifact> trajectories) {
  NodeRun node(type, params);
  node.input("data", {data.artifact}).input("trajectories", trajectories);
  return error_of(node);
}

TEST(Experts, KeepTheEpochsAskedFor) {
  const auto data = toy_data();
  const auto all = experts(data), few = experts(data, {{"snapshots", {0, 3}}, {"storage", "bfloat16"}}, "few");
  EXPECT_EQ(all.meta.at("epochs"), (Json{0, 1, 2, 3}));
  EXPECT_EQ(few.meta.at("epochs"), (Json{0, 3}));
  EXPECT_EQ(all.files.count("expert_001.safetensors"), 1u);
  Input input;
  input.set({all});
  match::Trajectories trajectories(input);
  EXPECT_EQ(trajectories.experts(), 2);
  const auto first = trajectories.snapshot(0, 0), last = trajectories.snapshot(0, 3),
             other = trajectories.snapshot(1, 0);
  EXPECT_FALSE(at::equal(first[0], last[0]));
  EXPECT_FALSE(at::equal(first[0], other[0]));
  input.set({few});
  const auto coarse = match::Trajectories(input).snapshot(0, 3);
  for (size_t i = 0; i < last.size(); ++i) {
    EXPECT_EQ(coarse[i].sizes(), last[i].sizes());
    EXPECT_TRUE(at::equal(coarse[i], last[i].to(at::kBFloat16).to(at::kFloat)));
  }
}

TEST(Experts, ResumeBitForBit) {
  const auto data = toy_data();
  const Json params = {{"network", tiny_convnet()}, {"experts", 2}, {"epochs", 3}, {"batch", 4}};
  NodeRun node("trajectory.experts", params);
  node.input("data", {data.artifact}).run.cancel_at = 4;  // within the second expert
  EXPECT_EQ(error_of(node), "cancelled");
  node.run.cancel_at = -1;
  Input whole, resumed;
  whole.set({experts(data)});
  resumed.set(
      {NodeRun("trajectory.experts", params, "other").input("data", {data.artifact}).go().output("trajectories")});
  match::Trajectories a(whole), b(resumed);
  for (const int64_t expert : {0, 1})
    for (const int64_t epoch : {0, 3})
      EXPECT_TRUE(at::equal(match::flat(a.snapshot(expert, epoch)), match::flat(b.snapshot(expert, epoch))));
}

TEST(Experts, RefuseBatchNorm) {
  const auto data = toy_data();
  NodeRun node("trajectory.experts", {{"network", with(tiny_convnet(), {{"norm", "batch"}})}});
  node.input("data", {data.artifact});
  EXPECT_EQ(error_of(node),
            "\"network\" has BatchNorm, whose running statistics a trajectory does not hold; choose another norm");
}

class TrajectoryMatching : public testing::TestWithParam<const char*> {};

TEST_P(TrajectoryMatching, StartsFromRealImagesBitForBit) {
  const auto data = toy_data();
  const auto result = distil(GetParam(), params_of({{"iterations", 0}}), data, experts(data));
  const auto all = data.images.normalization.apply(data.images.images);
  for (int64_t i = 0; i < 6; ++i) {
    int64_t found = 0;
    for (int64_t j = 0; j < all.size(0); ++j) found += at::equal(result.images.images[i], all[j]);
    EXPECT_EQ(found, 1);
  }
  EXPECT_FLOAT_EQ(result.artifact.meta.at("learning_rate").get<float>(), 0.01F);
}

TEST_P(TrajectoryMatching, MovesImagesAndRateAndResumesBitForBit) {
  const auto data = toy_data();
  const auto trajectories = experts(data);
  const auto params = params_of({{"lr_lr", 1e-5}});
  const auto whole = distil(GetParam(), params, data, trajectories);
  EXPECT_FALSE(at::equal(whole.images.images,
                         distil(GetParam(), params_of({{"iterations", 0}}), data, trajectories).images.images));
  EXPECT_NE(whole.artifact.meta.at("learning_rate").get<float>(), 0.01F);

  NodeRun node(GetParam(), params);
  node.input("data", {data.artifact}).input("trajectories", {trajectories}).run.cancel_at = 2;
  EXPECT_EQ(error_of(node), "cancelled");
  node.run.cancel_at = -1;
  const auto resumed = node.go().output("images");
  EXPECT_EQ(resumed.meta.at("learning_rate"), whole.artifact.meta.at("learning_rate"));
  EXPECT_TRUE(at::equal(read_images(resumed).images, whole.images.images));
}

TEST_P(TrajectoryMatching, AnUpdateThatIsNotFiniteFails) {
  const auto data = toy_data();
  NodeRun node(GetParam(), params_of({{"iterations", 1}, {"lr", 1e300}}));
  node.input("data", {data.artifact}).input("trajectories", {experts(data)});
  EXPECT_EQ(error_of(node), "\"images\" are not finite after the last iteration (a lower \"lr\" may help)");
}

TEST_P(TrajectoryMatching, DistilsInZcaSpaceAndKeepsTheMatrix) {
  const auto data = toy_data();
  const auto result = distil(GetParam(), params_of({{"iterations", 0}}), data, experts(data, {{"space", "zca"}}));
  EXPECT_EQ(result.artifact.meta.at("space"), "zca");
  EXPECT_EQ(SpacedImages::read(result.artifact).space.name(), "zca");
  const auto pixels = pixel_bytes(result.images);  // whoever reads images gets pixels
  for (int64_t i = 0; i < 6; ++i) EXPECT_TRUE(data.images.images.eq(pixels[i]).flatten(1).all(1).any().item<bool>());
}

TEST_P(TrajectoryMatching, RefusesExpertsOfOtherData) {
  const auto data = toy_data();
  auto trajectories = experts(data);
  EXPECT_EQ(trajectories.meta.at("made_of"), (Json{{"data", ""}}));  // artifacts of this test have no digest
  auto others = trajectories;
  others.meta["made_of"]["data"] = "0123456789abcdef";
  const std::string text =
      "the experts were made of other data (digest 0123456789ab) than these (): train experts on these "
      "(trajectory.experts), or distil the data they were trained on";
  EXPECT_EQ(refusal(GetParam(), params_of(), data, {others}), text);
  EXPECT_EQ(refusal(GetParam(), params_of(), data, {trajectories, others}), text);
}

TEST_P(TrajectoryMatching, RefusesExpertsThatDoNotFit) {
  const auto data = toy_data();
  const auto trajectories = experts(data);
  EXPECT_EQ(refusal(GetParam(), params_of({{"max_start", 3}}), data, {trajectories}),
            "the experts were not kept after epoch 4 (only after 0, 1, 2, 3); \"max_start\" 3 and \"expert_epochs\" 2 "
            "need epochs up to 4");
  auto wider = experts(data, {{"network", with(tiny_convnet(), {{"width", 6}})}}, "wider");
  EXPECT_THAT(refusal(GetParam(), params_of(), data, {trajectories, wider}),
              testing::StartsWith("\"trajectories\" are of experts that differ in \"architecture\": "));
  wider.meta["architecture"] = trajectories.meta.at("architecture");
  EXPECT_EQ(refusal(GetParam(), params_of(), data, {wider}),
            "the experts are of another architecture: parameter 0 of the network is features.0.weight [4, 3, 3, 3], of "
            "the experts "
            "features.0.weight [6, 3, 3, 3]");
  auto others = trajectories;
  others.meta["classes"] = {"ant", "bee"};
  EXPECT_EQ(refusal(GetParam(), params_of(), data, {others}),
            "the experts were trained on other data: 2 classes at 8 px, the data have 3 at 8 px");
}

INSTANTIATE_TEST_SUITE_P(Methods, TrajectoryMatching, testing::Values("distill.mtt", "distill.tesla"),
                         [](const auto& method) { return std::string(method.param).substr(8); });

TEST(DistillTesla, TakesHalfTheImagesGradientAsReleased) {
  const auto data = toy_data();
  const auto trajectories = experts(data);
  const auto params = params_of({{"iterations", 1}, {"lr_lr", 0.01}});
  const auto start = distil("distill.tesla", with(params, {{"iterations", 0}}), data, trajectories);
  const auto whole = distil("distill.tesla", with(params, {{"as_released", false}}), data, trajectories);
  const auto half = distil("distill.tesla", params, data, trajectories);
  const auto moved = whole.images.images - start.images.images;
  EXPECT_GT(moved.abs().max().item<double>(), 1e-3);
  EXPECT_LT((half.images.images - start.images.images - moved / 2).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(half.artifact.meta.at("learning_rate"), whole.artifact.meta.at("learning_rate"));
}

TEST(DistillTesla, WritesTheLabelsTheExpertGave) {
  const auto data = toy_data();
  const auto result = distil("distill.tesla", params_of({{"soft_labels", true}}), data, experts(data));
  const auto labels = read_tensors(result.artifact.file("soft_labels.safetensors")).at(0).second;
  EXPECT_EQ(labels.sizes(), at::IntArrayRef({6, 3}));
  EXPECT_TRUE(at::allclose(labels.sum(1), at::ones({6})));
  EXPECT_LT(labels.max().item<float>(), 1);
}

TEST(DistillMtt, SaysWhatToDoWhenMemoryRunsOut) {
  const auto data = toy_data();
  EXPECT_EQ(refusal("distill.mtt", params_of({{"loss", {{"type", "hungry"}}}}), data, {experts(data)}),
            "memory ran out: distill.mtt keeps the graph of all 3 \"steps\"; distill.tesla keeps that of one, or lower "
            "\"steps\" or "
            "\"batch_syn\"");
}

}  // namespace
}  // namespace retort::test
