#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "toy_data.h"

namespace retort::test {
namespace {

/// The toy data with a texture a class.
ToyData textured_data() {
  auto data = toy_data();
  const auto count = data.images.size();
  const auto frequency = data.images.labels.to(at::kDouble).mul(0.6).add(0.3).view({-1, 1, 1, 1});
  const auto place = at::arange(3 * 64, at::kDouble).view({1, 3, 8, 8});
  const auto phase = at::arange(count, at::kDouble).view({-1, 1, 1, 1});
  data.images.images = at::sin(place * frequency + phase).add(1).mul(127).to(at::kByte);
  Output output;
  output.open(fresh_folder("textured"));
  write_images(output, "dataset", data.images);
  data.artifact = {"dataset", "", output.meta, {{"data.safetensors", output.folder() / "data.safetensors"}}};
  return data;
}

Artifact images_in(const std::string& space, const ToyData& data, const Json& more = Json::object()) {
  NodeRun experts("trajectory.experts",
                  {{"network", tiny_convnet()}, {"experts", 1}, {"epochs", 1}, {"batch", 8}, {"space", space}},
                  "experts");
  const auto trajectories = experts.input("data", {data.artifact}).go().output("trajectories");
  Json params = {{"per_class", 4}, {"iterations", 0}, {"max_start", 1}, {"expert_epochs", 1}};
  params.update(more);
  NodeRun node("distill.tesla", params, "images");
  return node.input("data", {data.artifact}).input("trajectories", {trajectories}).go().output("images");
}

Json params_of(const Json& more) {
  Json params = {{"network", {{"type", "convnet"}, {"depth", 2}, {"width", 16}}}, {"networks", 2}, {"augment", "none"}};
  params.update(more);
  return params;
}

NodeRun evaluated(const Artifact& images, const ToyData& data, const Json& params, const std::string& name = "node") {
  NodeRun node("evaluate.matching", params_of(params), name);
  node.input("images", {images}).input("test", {data.artifact}).go();
  return node;
}

TEST(EvaluateMatching, TestsInTheSpaceOfTheImages) {
  const auto data = textured_data();
  for (const std::string space : {"normalized", "zca"}) {
    const auto images = images_in(space, data);
    auto node = evaluated(images, data, {{"epochs", 80}, {"lr", 0.05}, {"batch", 6}});
    // 12 of the 15 test images are those it learned by heart.
    EXPECT_GE(node.output("metrics").meta.at("accuracy_last").get<double>(), 80 - 1e-9) << space;
    EXPECT_EQ(node.output("metrics").meta.at("student_steps"), 2 * 81 * 2.0);
  }
}

TEST(EvaluateMatching, UsesTheLearnedRate) {
  const auto data = toy_data();
  const auto images = images_in("normalized", data, {{"student_lr", 0.25}});
  auto logits = [&](const Json& params, const std::string& name) {
    return read_tensors(evaluated(images, data, params, name).output("predictions").file("predictions.safetensors"))
        .at(0)
        .second;
  };
  const auto learned = logits({{"epochs", 2}}, "learned");
  EXPECT_TRUE(at::equal(learned, logits({{"epochs", 2}, {"lr", static_cast<double>(0.25F)}}, "given")));
  EXPECT_FALSE(at::equal(learned, logits({{"epochs", 2}, {"lr", 0.01}}, "other")));
}

}  // namespace
}  // namespace retort::test
