// Prints nothing, writes what our code computes: the other half of tests/whole/peers/networks.py.
//   peer_network_logits TYPE PARAMS IMAGE_SIZE CLASSES WEIGHTS OUT [given]
// Makes weights (or reads WEIGHTS if `given`), writes them in WEIGHTS, and images with their eval-mode features and,
// where there are classes, logits in OUT.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstdio>

#include "nn/model.h"
#include "sdk/torch/tensor_file.h"
#include "support/network_plugin.h"

namespace {

using namespace retort;

void unsettle(const nn::Weights& weights) {
  for (const nn::NamedTensor& each : weights.all()) {
    at::Tensor value = each.value;
    if (each.name.ends_with("running_mean")) value.normal_(0, 0.1);
    if (each.name.ends_with("running_var")) value.uniform_(0.5, 1.5);
    if (value.dim() == 1 && !each.buffer) value.add_(at::randn_like(value) * 0.1);
  }
}

void run(char** argv, bool given) {
  at::manual_seed(0);
  at::NoGradGuard guard;
  const auto network = test::network_plugin(argv[1], Json::parse(argv[2]));
  const int64_t size = std::stol(argv[3]), classes = std::stol(argv[4]);
  nn::Weights weights = initialise(*network, 3, size, classes, 1);
  if (given) {
    for (const auto& [name, tensor] : read_tensors(argv[5])) weights.set(name, tensor);
  } else {
    unsettle(weights);
    TensorList all;
    for (const nn::NamedTensor& each : weights.all()) all.emplace_back(each.name, each.value);
    write_tensors(argv[5], all);
  }
  const std::vector<std::string> names(static_cast<size_t>(classes), "class");
  const nn::Model model(network, weights.channels_last(), names, Normalization::named("none"), size);
  const at::Tensor images = at::randn({4, 3, size, size});
  const nn::Prediction found = model.frozen()(images);
  TensorList computed{{"images", images}, {"features", found.features}};
  if (classes > 0) computed.emplace_back("logits", found.logits);
  write_tensors(argv[6], computed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  try {
    run(argv, argc > 7);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
