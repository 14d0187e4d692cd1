// Mirrors the whole batch left to right, or not: one coin a batch and step (METHODS.md 1.4).
#include <ATen/ATen.h>

#include "sdk/torch/recover_view.h"

namespace {

class Flip final : public retort::RecoverView {
 public:
  void declare(retort::Declare& d) override {
    d.about("Horizontal flip, one coin a batch");
    d.param("probability", probability_, "How often").between(0, 1);
    d.random();
  }

  at::Tensor apply(const at::Tensor& images, const retort::ViewStep& step) override {
    return at::rand({1}, step.generator).item<float>() < probability_ ? images.flip(3) : images;
  }

 private:
  double probability_ = 0.5;
};

}  // namespace

RETORT_PLUGIN(Flip, "flip")
