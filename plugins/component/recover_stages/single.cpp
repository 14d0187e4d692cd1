// All iterations in one stage, at the size of the images.
#include <ATen/core/Tensor.h>

#include "sdk/torch/recover_stages.h"

namespace {

class Single final : public retort::RecoverStages {
 public:
  void declare(retort::Declare& d) override { d.about("One stage at one resolution"); }

  std::vector<retort::RecoverStage> stages(int64_t iterations, int64_t image_size) override {
    return {{iterations, image_size}};
  }
  at::Tensor enter(const retort::RecoverStage&, const at::Tensor& images, const at::Tensor&) override { return images; }
};

}  // namespace

RETORT_PLUGIN(Single, "single")
