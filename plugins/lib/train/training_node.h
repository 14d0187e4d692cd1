#pragma once
// What every node that trains a network from scratch declares.
#include "nn/network.h"
#include "train/device.h"
#include "train/loop.h"
#include "vision/data_set.h"

namespace retort::train {

struct TrainingNode {
  Input data, val;
  Output curves, metrics;
  Component<nn::Network> network{R"({"type": "resnet18"})"};
  LoopSettings settings;
  int64_t check_every = 10;
  std::optional<int64_t> decoders;

  explicit TrainingNode(LoopSettings defaults) : settings(std::move(defaults)) {}

  /// All but the network that comes out.
  void declare(Declare& d, const char* network_doc, const char* val_doc) {
    d.random();
    d.numeric();
    d.input("data", data, "dataset", "Images to learn from");
    d.input("val", val, "dataset", val_doc).optional();
    d.output("curves", curves, "curves", "Loss, learning rate and monitors over epochs");
    d.output("metrics", metrics, "metrics", "Last values of the curves, and final accuracies");
    d.component("network", network, network_doc);
    settings.declare(d);
    d.param("check_every", check_every, "Epochs between looks at val; the last epoch always").at_least(1);
    vision::declare_decoders(d, decoders);
  }
  /// The images to learn from, on the run's device.
  vision::DataSet training_data(const Run& run) const { return vision::DataSet(*data, decoders).to(device_of(run)); }
  /// The network component, which the node outlives.
  std::shared_ptr<const nn::Network> shared_network() {
    return {&*network, [](const nn::Network*) {}};
  }
};

}  // namespace retort::train
