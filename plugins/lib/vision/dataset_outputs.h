#pragma once
// What every data set held in tensors writes: the ports train, val and test, with the facts that consumers check before
// anything runs.
#include "sdk/node.h"
#include "sdk/torch/tensor_file.h"
#include "vision/cuts.h"

namespace retort::vision {

struct DatasetOutputs {
  Output train, val, test;

  /// `classes`, `image_size`: numbers or {"param": name}.
  void declare(Declare& d, const Json& classes, const Json& image_size) {
    const auto add = [&](const char* name, Output& member, const char* doc) -> Port& {
      return d.output(name, member, "dataset", doc)
          .fact("classes", classes)
          .fact("image_size", image_size)
          .fact("channels", 3);
    };
    add("train", train, "Images to learn from");
    add("val", val, "Cut from the training images; empty without val_per_class");
    add("test", test, "Held-out images").held_out();
  }

  void write(const Parts& parts, const LabelledImages& test_images, const Json& more = Json::object()) {
    write_images(train, "dataset", parts.train, more);
    write_images(val, "dataset", parts.val, more);
    write_images(test, "dataset", test_images, more);
  }
};

}  // namespace retort::vision
