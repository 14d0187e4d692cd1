// Where a student trained on the synthetic set ended up, relative to how far the expert went (MTT, METHODS.md 3.5).
#include <ATen/ATen.h>

#include "sdk/torch/match_loss.h"

namespace retort {

class Trajectory : public MatchLoss {
 public:
  void declare(Declare& d) override {
    d.about("Squared distance to the expert, relative to the way the expert went (MTT)");
  }
  Compares compares() const override { return Compares::parameters; }

  at::Tensor value(const Matching& matching) override {
    at::Tensor gap, way;
    for (size_t i = 0; i < matching.pairs.size(); ++i) {
      const auto& pair = matching.pairs[i];
      const auto left = (pair.synthetic - pair.real).square().sum();
      const auto gone = (matching.start[i] - pair.real).square().sum();
      gap = gap.defined() ? gap + left : left;
      way = way.defined() ? way + gone : gone;
    }
    return gap / way;
  }
};

}  // namespace retort

RETORT_PLUGIN(retort::Trajectory, "trajectory")
