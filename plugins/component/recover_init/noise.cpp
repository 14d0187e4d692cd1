// Starts from standard normal noise in normalised space (SRe2L, CDA, SC-DD).
#include <ATen/ATen.h>

#include "sdk/torch/recover_init.h"

namespace {

class Noise final : public retort::RecoverInit {
 public:
  void declare(retort::Declare& d) override {
    d.about("Normal noise in normalised space");
    d.param("deviation", deviation_, "Standard deviation").greater_than(0).neutral(1);
    d.random();
  }

  at::Tensor images(const retort::InitBatch& batch) override {
    return deviation_ * at::randn({batch.labels.size(0), batch.channels, batch.image_size, batch.image_size},
                                  batch.generator, at::TensorOptions().dtype(at::kFloat));
  }

 private:
  double deviation_ = 1;
};

}  // namespace

RETORT_PLUGIN(Noise, "noise")
