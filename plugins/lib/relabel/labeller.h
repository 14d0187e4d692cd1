#pragma once
// Networks that label what they are shown: the mean of their logits. As an artifact: a `labels` of form "labeller"
// holds their weights.
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "core/declare.h"
#include "nn/model.h"

namespace retort::relabel {

struct LabellerSettings {
  std::string mode = "eval";
  int64_t splits = 1;
  std::vector<double> weights;

  void declare(Declare& d);
  Json json() const;
  static LabellerSettings from_json(const Json& json);
};

class Labeller {
 public:
  /// Throws Error(user) if a teacher has no head, classes differ, or weights do not fit.
  Labeller(std::vector<nn::Model> teachers, LabellerSettings settings);

  const std::vector<std::string>& classes() const { return teachers_.front().classes(); }
  size_t size() const { return teachers_.size(); }

  /// Floating pixels in 0..1 [B,3,S,S] → float32 logits [B,K], no gradient.
  at::Tensor logits(const at::Tensor& pixels) const;

  static std::vector<nn::Model> read_teachers(const Input& teachers, Run& run);

  /// Keeps the teachers in a labels artifact, weights and all.
  static void write(Output& output, const Input& teachers, const LabellerSettings& settings);
  static Labeller read(const Artifact& labels, Run& run);

 private:
  LabellerSettings settings_;
  std::vector<nn::Model> teachers_;
  std::vector<double> shares_;
};

}  // namespace retort::relabel
