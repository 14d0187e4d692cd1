// Small images: the mean over a group's images of the image's Euclidean norm (METHODS.md 1.6).
#include <ATen/ATen.h>

#include "sdk/torch/recover_loss.h"

namespace {

class L2 final : public retort::RecoverLoss {
 public:
  void declare(retort::Declare& d) override { d.about("Mean Euclidean norm of the normalised images"); }

  at::Tensor value(const retort::RecoverStep& step) override {
    const auto norms = at::linalg_vector_norm(step.images.flatten(1), 2, at::IntArrayRef{1});
    return norms.view({step.groups, -1}).mean(1);
  }
};

}  // namespace

RETORT_PLUGIN(L2, "l2")
