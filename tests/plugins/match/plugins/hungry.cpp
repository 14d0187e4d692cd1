// A distance for which there is never enough memory.
#include <ATen/ATen.h>

#include "sdk/torch/match_loss.h"

namespace retort {

class Hungry : public MatchLoss {
 public:
  void declare(Declare& d) override { d.about("Asks for an exbibyte"); }
  Compares compares() const override { return Compares::parameters; }
  at::Tensor value(const Matching&) override { return at::empty({int64_t{1} << 58}); }
  std::vector<std::string> broken_properties() override { return {}; }  // it has one, and that is the point
};

}  // namespace retort

RETORT_PLUGIN(retort::Hungry, "hungry")
