#pragma once
// A small classifier with BatchNorm whose running statistics are of some batches it has seen: what recover and
// labelling read.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "nn/model.h"
#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort::test {

/// A network component on its own, kept for the life of the program.
inline std::shared_ptr<const nn::Network> network(const Json& component) {
  static std::vector<std::unique_ptr<Declare>> kept;
  auto plugin = components().make("network", component.at("type"));
  kept.push_back(std::make_unique<Declare>());
  plugin->declare_all(*kept.back());
  Json params = component;
  params.erase("type");
  const auto problems = kept.back()->bind(params, components());
  EXPECT_TRUE(problems.empty()) << problems.front();
  plugin->set_origin({{"type", component["type"]}, {"params", params}});
  return std::shared_ptr<const nn::Network>(static_cast<const nn::Network*>(plugin.release()));
}

inline std::vector<std::string> class_names(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back("class" + std::to_string(i));
  return names;
}

inline nn::Model tiny_model(int64_t classes, uint64_t seed, int64_t side = 16) {
  const auto net = network({{"type", "resnet18"}, {"width", 8}});
  nn::Model model(net, nn::initialise(*net, 3, side, classes, seed), class_names(classes),
                  Normalization::named("cifar-A"), side);
  auto random = at::detail::createCPUGenerator(seed);
  at::NoGradGuard no_grad;
  nn::PassOptions training;
  training.mode = nn::Mode::train;
  for (int i = 0; i < 20; ++i)
    model(at::randn({32, 3, side, side}, random, at::TensorOptions().dtype(at::kFloat)), training);
  return model;
}

/// As an artifact of this test.
inline Artifact tiny_teacher(int64_t classes, uint64_t seed, int64_t side = 16) {
  Output output;
  const auto folder = fresh_folder("teacher" + std::to_string(seed));
  output.open(folder);
  tiny_model(classes, seed, side).write(output, Json::object());
  return {"classifier", "", output.meta, {{"weights.safetensors", folder / "weights.safetensors"}}};
}

/// An untrained classifier without BatchNorm.
inline Artifact teacher_without_batch_norm(int64_t classes, int64_t side = 16) {
  Output output;
  const auto folder = fresh_folder("teacher_without_batch_norm");
  output.open(folder);
  const auto net = network({{"type", "convnet"}, {"depth", 2}, {"width", 4}});
  nn::Model(net, nn::initialise(*net, 3, side, classes, 1), class_names(classes), Normalization::named("cifar-A"), side)
      .write(output, Json::object());
  return {"classifier", "", output.meta, {{"weights.safetensors", folder / "weights.safetensors"}}};
}

/// Random pixels of `per_class` images of each class, as a data set.
inline Artifact tiny_data(int64_t classes, int64_t per_class, uint64_t seed, int64_t side = 16) {
  Output output;
  const auto folder = fresh_folder("data" + std::to_string(seed));
  output.open(folder);
  auto random = at::detail::createCPUGenerator(seed);
  LabelledImages images;
  images.images =
      at::randint(0, 256, {classes * per_class, 3, side, side}, random, at::TensorOptions().dtype(at::kByte));
  images.labels = at::arange(classes * per_class, at::kLong).remainder(classes);
  images.classes = class_names(classes);
  images.normalization = Normalization::named("cifar-A");
  write_images(output, "dataset", images);
  return {"dataset", "", output.meta, {{"data.safetensors", folder / "data.safetensors"}}};
}

}  // namespace retort::test
