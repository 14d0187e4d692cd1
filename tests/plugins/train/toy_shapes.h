#pragma once
// Three classes of 16 pixels to train on, and what a training wrote.
#include <map>
#include <memory>
#include <string>

#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort::test {

/// "train" or "val" (30 images) of a set with so many images a class; made once a program.
inline Artifact shapes(const std::string& part, int64_t per_class = 40) {
  static std::map<int64_t, std::unique_ptr<NodeRun>> made;
  auto& node = made[per_class];
  if (!node) {
    const Json params{{"classes", 3}, {"per_class", per_class}, {"val_per_class", 10}, {"size", 16}};
    node = std::make_unique<NodeRun>("dataset.shapes", params, "shapes" + std::to_string(per_class));
    node->go();
  }
  return node->output(part);
}

inline std::map<std::string, at::Tensor> tensors(const Artifact& artifact,
                                                 const std::string& file = "weights.safetensors") {
  const auto list = read_tensors(artifact.file(file));
  return {list.begin(), list.end()};
}

}  // namespace retort::test
