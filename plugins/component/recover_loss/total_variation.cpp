// Smoothness: the Frobenius norms of the differences between neighbours in four directions, over all images of a group
// (DeepInversion's prior; weight 0 in every published SRe2L script, METHODS.md 1.6).
#include <ATen/ATen.h>

#include "sdk/torch/recover_loss.h"

namespace {

class TotalVariation final : public retort::RecoverLoss {
 public:
  void declare(retort::Declare& d) override { d.about("Sum of four norms of differences between neighbouring pixels"); }

  at::Tensor value(const retort::RecoverStep& step) override {
    const auto x = step.images.reshape({step.groups, -1, step.images.size(2), step.images.size(3)});
    const int64_t rows = x.size(2) - 1, columns = x.size(3) - 1;
    auto part = [&](int64_t row, int64_t column) { return x.narrow(2, row, rows).narrow(3, column, columns); };
    const auto across = x.narrow(3, 0, columns) - x.narrow(3, 1, columns);
    const auto down = x.narrow(2, 0, rows) - x.narrow(2, 1, rows);
    return norm(across) + norm(down) + norm(part(1, 0) - part(0, 1)) + norm(part(0, 0) - part(1, 1));
  }

 private:
  static at::Tensor norm(const at::Tensor& x) { return at::linalg_vector_norm(x.flatten(1), 2, at::IntArrayRef{1}); }
};

}  // namespace

RETORT_PLUGIN(TotalVariation, "total_variation")
