// Matches the batch statistics of the images at every BatchNorm layer to the layer's running statistics: SRe2L's R_BN
// (NeurIPS 2023, equation 3), in which a layer counts ‖var − running_var‖₂ + ‖mean − running_mean‖₂ and the stem ten
// times.
#include <ATen/ATen.h>

#include "sdk/torch/recover_loss.h"

namespace {

class BnMatch final : public retort::RecoverLoss {
 public:
  void declare(retort::Declare& d) override {
    d.about("Match BatchNorm batch statistics to the teacher's running statistics");
    d.param("first_scale", first_scale_, "Extra factor on the first BatchNorm layer").at_least(0);
    d.param("variance_scale", variance_scale_, "Factor of the variances beside the means (DWA: 11 or 2)")
        .at_least(0)
        .neutral(1);
    d.param("norm", norm_,
            "How a layer's difference becomes a number: its Euclidean norm, that squared, or the sum of sizes")
        .one_of({"l2", "squared", "l1"});
    d.param("relative", relative_,
            "Measure differences in units of the running deviation, so that scaling a layer changes nothing")
        .neutral(false);
  }

  bool reads_batch_norms() const override { return true; }

  at::Tensor value(const retort::RecoverStep& step) override {
    at::Tensor sum;
    for (const auto& bn : step.batch_norms) {
      auto mean = bn.mean - bn.running_mean, var = bn.var - bn.running_var;
      if (relative_) {
        mean = mean / (bn.running_var + kEps).sqrt();
        var = var / (bn.running_var + kEps);
      }
      const auto layer = size(mean) + variance_scale_ * size(var);
      sum = sum.defined() ? sum + layer : first_scale_ * layer;
    }
    return sum;
  }

 private:
  static constexpr double kEps = 1e-5;  // as in BatchNorm itself

  at::Tensor size(const at::Tensor& difference) const {
    if (norm_ == "l1") return difference.abs().sum(1);
    if (norm_ == "squared") return difference.square().sum(1);
    return at::linalg_vector_norm(difference, 2, at::IntArrayRef{1});  // its gradient at exactly zero is zero
  }

  double first_scale_ = 10, variance_scale_ = 1;
  std::string norm_ = "l2";
  bool relative_ = false;
};

}  // namespace

RETORT_PLUGIN(BnMatch, "bn_match")
