// Class means of several layers, and how well the synthetic means tell real images apart (CAFE, METHODS.md 3.4).
#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "sdk/torch/match_loss.h"

namespace retort {

class LayerFeatures : public MatchLoss {
 public:
  void declare(Declare& d) override {
    d.about("Squared distance between class means of several layers, and a discrimination term (CAFE)");
    d.param("layers", layers_, "Activations to compare, under the network's names; \"features\" is the embedding");
    d.param("weights", weights_, "Factor of each layer").at_least(0);
    d.param(
         "discrimination", discrimination_,
         "Factor of the cross entropy of real embeddings classified by the synthetic class means, summed over images")
        .at_least(0);
  }
  Compares compares() const override { return Compares::features; }

  std::vector<std::string> layers() const override {
    auto all = layers_;
    if (std::find(all.begin(), all.end(), "features") == all.end()) all.push_back("features");
    return all;
  }

  at::Tensor value(const Matching& matching) override {
    if (weights_.size() != layers_.size())
      throw Error(ErrorKind::user, "layer_features has " + std::to_string(layers_.size()) + " layers and " +
                                       std::to_string(weights_.size()) + " weights; each layer needs one");
    const auto& embedding = matching.pair("features");
    const auto centres = class_means(embedding.synthetic, matching.synthetic_labels, matching.classes);
    const auto scores = embedding.real.matmul(centres.t());
    auto sum = discrimination_ * at::cross_entropy_loss(scores, matching.real_labels, {}, at::Reduction::Sum);
    for (size_t i = 0; i < layers_.size(); ++i) {
      const auto& pair = matching.pair(layers_[i]);
      const auto gap = class_means(pair.synthetic, matching.synthetic_labels, matching.classes) -
                       class_means(pair.real, matching.real_labels, matching.classes);
      sum = sum + weights_[i] * gap.square().sum();
    }
    return sum;
  }

 private:
  std::vector<std::string> layers_ = {"relu1", "relu2", "relu3", "pool3", "features"};
  std::vector<double> weights_ = {0.1, 0.1, 1, 1, 1};
  double discrimination_ = 0.01;
};

}  // namespace retort

RETORT_PLUGIN(retort::LayerFeatures, "layer_features")
