#pragma once
// What data sets made from nothing share: how many images, of which size, and a stream of random numbers for each, so
// that an image depends on its part, its place and the seed alone.
#include <ATen/ATen.h>
#include <sdk/node.h>

#include "vision/dataset_outputs.h"
#include "vision/split_mix.h"

namespace retort {

class DrawnDataset : public Node {
 public:
  void run(Run& run) override {
    vision::Parts parts{draw_set("train", per_class_, run), draw_set("val", val_per_class_, run)};
    outputs_.write(parts, draw_set("test", test_per_class_, run));
  }

 protected:
  /// `type`: the node's; another type has other images under the same seed.
  explicit DrawnDataset(std::string type) : type_(std::move(type)) {}

  /// `classes`: their number, or {"param": name}.
  void declare_sizes(Declare& d, const Json& classes) {
    d.param("per_class", per_class_, "Training images a class").at_least(1);
    d.param("val_per_class", val_per_class_, "Further images a class for val").at_least(0).neutral(0);
    d.param("test_per_class", test_per_class_, "Test images a class").at_least(1);
    d.param("size", size_, "Side of an image in pixels").between(16, 256);
    d.param("seed", seed_, "Another number gives other images of the same classes").at_least(0);
    outputs_.declare(d, classes, {{"param", "size"}});
  }

  virtual std::vector<std::string> class_names() const = 0;
  /// Writes uint8 [3, size, size] to `planes`.
  virtual void draw(int64_t label, int64_t size, vision::SplitMix random, uint8_t* planes) const = 0;

 private:
  /// Classes take turns, so that any prefix is balanced.
  LabelledImages draw_set(const std::string& part, int64_t per_class, Run& run) const {
    LabelledImages set;
    set.classes = class_names();
    const auto classes = static_cast<int64_t>(set.classes.size()), count = per_class * classes;
    set.images = at::empty({count, 3, size_, size_}, at::kByte);
    set.labels = at::arange(count, at::kLong).remainder_(classes);
    set.normalization = {"custom", {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
    for (int64_t i = 0; i < count; ++i) {
      if (i % 256 == 0) run.stop_if_cancelled();
      const vision::SplitMix random(
          stream_seed(static_cast<uint64_t>(seed_), type_, part, 0, static_cast<uint64_t>(i)));
      draw(i % classes, size_, random, set.images.data_ptr<uint8_t>() + i * 3 * size_ * size_);
    }
    return set;
  }

  std::string type_;
  int64_t per_class_ = 500, val_per_class_ = 0, test_per_class_ = 100;
  int64_t size_ = 32;
  int64_t seed_ = 0;
  vision::DatasetOutputs outputs_;
};

}  // namespace retort
