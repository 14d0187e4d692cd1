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
  void run(Run& run) override;

 protected:
  /// `type`: the node's; another type has other images under the same seed.
  explicit DrawnDataset(std::string type) : type_(std::move(type)) {}

  /// `classes`: their number, or {"param": name}.
  void declare_sizes(Declare& d, const Json& classes);

  virtual std::vector<std::string> class_names() const = 0;
  /// Writes uint8 [3, size, size] to `planes`.
  virtual void draw(int64_t label, int64_t size, vision::SplitMix random, uint8_t* planes) const = 0;

 private:
  /// Classes take turns, so that any prefix is balanced.
  LabelledImages draw_set(const std::string& part, int64_t per_class, Run& run) const;

  std::string type_;
  int64_t per_class_ = 500, val_per_class_ = 0, test_per_class_ = 100;
  int64_t size_ = 32;
  int64_t seed_ = 0;
  vision::DatasetOutputs outputs_;
};

}  // namespace retort
