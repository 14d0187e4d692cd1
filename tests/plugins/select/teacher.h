#pragma once
// What tests of select.* share: a classifier of the toy classes, and which images were taken.
#include <ATen/ATen.h>

#include "nn/model.h"
#include "plugins/match/toy_data.h"

namespace retort::test {

/// An untrained classifier of the toy classes, as an artifact and as a model.
struct Teacher {
  FakeRun run{"teacher", {}};
  std::shared_ptr<const nn::Network> network;
  std::optional<nn::Model> model;
  Artifact artifact;

  explicit Teacher(const ToyData& data) {
    std::shared_ptr<Plugin> plugin =
        run.component("network", {{"type", "convnet"}, {"params", {{"depth", 2}, {"width", 4}}}});
    network = std::dynamic_pointer_cast<const nn::Network>(plugin);
    model.emplace(network, nn::initialise(*network, 3, 8, 3, 5), data.images.classes, data.images.normalization, 8);
    Output output;
    output.open(fresh_folder("teacher"));
    model->write(output, Json::object());
    artifact = {"classifier", "", output.meta, {{"weights.safetensors", output.folder() / "weights.safetensors"}}};
  }
};

inline std::vector<int64_t> positions(const Artifact& images) {
  const auto indices = read_tensors(images.file("provenance.safetensors")).at(0).second;
  return {indices.data_ptr<int64_t>(), indices.data_ptr<int64_t>() + indices.numel()};
}

}  // namespace retort::test
