// The teacher should see each image as its class: cross entropy against the hard label, the mean of each group.
#include <ATen/ATen.h>

#include "sdk/torch/recover_loss.h"

namespace {

class CrossEntropy final : public retort::RecoverLoss {
 public:
  void declare(retort::Declare& d) override {
    d.about("Cross entropy of the teacher's logits against each image's class");
    d.param("smoothing", smoothing_, "Part of the target spread over all classes").neutral(0).at_least(0).less_than(1);
  }

  at::Tensor value(const retort::RecoverStep& step) override {
    const auto each = at::cross_entropy_loss(step.logits, step.labels, {}, at::Reduction::None, -100, smoothing_);
    return each.view({step.groups, -1}).mean(1);
  }

 private:
  double smoothing_ = 0;
};

}  // namespace

RETORT_PLUGIN(CrossEntropy, "cross_entropy")
