// Distance of gradients (DC, DSA; METHODS.md 3.1).
#include <ATen/ATen.h>

#include "sdk/torch/match_loss.h"

namespace retort {
namespace {

constexpr double kEpsilon = 1e-6;  // added to the product of norms, as published

/// 1 - cosine of each row: an output channel of a convolution (out, in·h·w) or of a linear layer.
at::Tensor cosine_gaps(const at::Tensor& a, const at::Tensor& b) {
  return 1 - (a * b).sum(-1) / (a.norm(2, -1) * b.norm(2, -1) + kEpsilon);
}

}  // namespace

class GradientDistance : public MatchLoss {
 public:
  void declare(Declare& d) override {
    d.about("Distance of gradients: cosine by output channel (DC, DSA), whole cosine, or squared");
    d.param("metric", metric_,
            "layers: sum over output channels of 1 - cosine, 1-D tensors do not count; cos: 1 - cosine of "
            "all in one; mse: sum of squares")
        .one_of({"layers", "cos", "mse"});
  }
  Compares compares() const override { return Compares::gradients; }

  at::Tensor value(const Matching& matching) override {
    if (metric_ == "cos") return whole_cosine(matching);
    at::Tensor sum;
    for (const auto& pair : matching.pairs) {
      if (metric_ == "layers" && pair.synthetic.dim() == 1) continue;
      const auto term = metric_ == "mse" ? (pair.synthetic - pair.real).square().sum()
                                         : cosine_gaps(pair.synthetic.flatten(1), pair.real.flatten(1)).sum();
      sum = sum.defined() ? sum + term : term;
    }
    return sum;
  }

 private:
  static at::Tensor whole_cosine(const Matching& matching) {
    std::vector<at::Tensor> synthetic, real;
    for (const auto& pair : matching.pairs) {
      synthetic.push_back(pair.synthetic.flatten());
      real.push_back(pair.real.flatten());
    }
    return cosine_gaps(at::cat(synthetic), at::cat(real));
  }

  std::string metric_ = "layers";
};

}  // namespace retort

RETORT_PLUGIN(retort::GradientDistance, "gradient_distance")
