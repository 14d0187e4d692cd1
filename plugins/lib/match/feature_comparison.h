#pragma once
// Synthetic and real images of some classes seen by one network, as a match_loss over features wants them: what DM and
// CAFE share (METHODS.md 3.3, 3.4).
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "match/dsa.h"
#include "match/real_images.h"
#include "match/student.h"
#include "sdk/torch/match_loss.h"

namespace retort::match {

class FeatureComparison {
 public:
  FeatureComparison(const Student& student, const RealImages& real, const Dsa& augment, std::vector<std::string> layers)
      : student_(student), real_(real), augment_(augment), layers_(std::move(layers)) {}

  /// Adds a class: up to `real_batch` real images and its synthetic ones, augmented alike.
  void add(int64_t label, const at::Tensor& synthetic, int64_t real_batch, at::Generator& random);
  /// Runs the network on both sides, the real one without gradient. Labels count from 0 in the order classes were
  /// added.
  Matching features() const;

 private:
  at::Tensor labels_of(const std::vector<at::Tensor>& parts) const;

  const Student& student_;
  const RealImages& real_;
  const Dsa& augment_;
  std::vector<std::string> layers_;
  std::vector<at::Tensor> synthetic_, seen_;
};

}  // namespace retort::match
