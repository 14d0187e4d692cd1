// Distance of class means of embeddings (DM, METHODS.md 3.3).
#include <ATen/ATen.h>

#include "sdk/torch/match_loss.h"

namespace retort {

class FeatureMean : public MatchLoss {
 public:
  void declare(Declare& d) override { d.about("Squared distance between class means of embeddings (DM)"); }
  Compares compares() const override { return Compares::features; }

  at::Tensor value(const Matching& matching) override {
    const auto& features = matching.pair("features");
    const auto synthetic = class_means(features.synthetic, matching.synthetic_labels, matching.classes);
    const auto real = class_means(features.real, matching.real_labels, matching.classes);
    return (real - synthetic).square().sum();
  }
};

}  // namespace retort

RETORT_PLUGIN(retort::FeatureMean, "feature_mean")
