#pragma once
// A data set of three classes of tiny pictures, as an artifact.
#include <ATen/ATen.h>

#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort::test {

struct ToyData {
  LabelledImages images;
  Artifact artifact;
};

/// Class c has 4 + c pictures of 8 × 8, in mixed order.
inline ToyData toy_data() {
  ToyData toy;
  toy.images.labels = at::tensor({2, 0, 1, 2, 1, 0, 2, 1, 0, 2, 0, 1, 2, 1, 2}, at::kLong);
  const auto count = toy.images.labels.size(0);
  const auto phase = toy.images.labels.to(at::kDouble).view({-1, 1, 1, 1});
  toy.images.images = at::sin(at::arange(count * 3 * 64, at::kDouble).view({count, 3, 8, 8}) * 0.37 + phase)
                          .add(1)
                          .mul(127)
                          .to(at::kByte);
  toy.images.classes = {"ant", "bee", "cat"};
  toy.images.normalization = Normalization::named("cifar-A");
  Output output;
  output.open(fresh_folder("data"));
  write_images(output, "dataset", toy.images);
  toy.artifact = {"dataset", "", output.meta, {{"data.safetensors", output.folder() / "data.safetensors"}}};
  return toy;
}

inline Json tiny_convnet() { return {{"type", "convnet"}, {"depth", 2}, {"width", 4}}; }

}  // namespace retort::test
