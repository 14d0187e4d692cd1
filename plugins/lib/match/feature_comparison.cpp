#include "match/feature_comparison.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace retort::match {

void FeatureComparison::add(int64_t label, const at::Tensor& synthetic, int64_t real_batch, at::Generator& random) {
  const auto indices = real_.draw(label, real_batch, random);
  const auto change = augment_.draw(1, random);
  seen_.push_back(augment_.apply(real_.images(indices), change));
  synthetic_.push_back(augment_.apply(synthetic, change));
}

at::Tensor FeatureComparison::labels_of(const std::vector<at::Tensor>& parts) const {
  std::vector<at::Tensor> labels;
  for (size_t i = 0; i < parts.size(); ++i)
    labels.push_back(at::full({parts[i].size(0)}, static_cast<int64_t>(i), real_.labels().options()));
  return at::cat(labels);
}

Matching FeatureComparison::features() const {
  Matching matching;
  matching.classes = static_cast<int64_t>(synthetic_.size());
  matching.synthetic_labels = labels_of(synthetic_);
  matching.real_labels = labels_of(seen_);
  const auto synthetic = student_.layers(layers_, at::cat(synthetic_));
  std::vector<at::Tensor> real;
  {
    at::NoGradGuard no_grad;
    real = student_.layers(layers_, at::cat(seen_));
  }
  for (size_t i = 0; i < layers_.size(); ++i) matching.pairs.push_back({layers_[i], synthetic[i], real[i]});
  return matching;
}

}  // namespace retort::match
