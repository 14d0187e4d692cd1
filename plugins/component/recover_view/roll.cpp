// Shifts the whole batch in a circle by a few pixels ("jitter" of SRe2L): one draw a batch and step; the wrap is meant.
#include <ATen/ATen.h>

#include "sdk/torch/recover_view.h"

namespace {

class Roll final : public retort::RecoverView {
 public:
  void declare(retort::Declare& d) override {
    d.about("Circular shift of the batch by up to `pixels` in both directions");
    d.param("pixels", pixels_, "Largest shift: 4 at 32 and 64 pixels, 32 at 224").at_least(0);
    d.param("both_ways", both_ways_, "Draw from -pixels..pixels (SRe2L's Tiny-ImageNet script) instead of 0..pixels");
    d.random();
  }

  at::Tensor apply(const at::Tensor& images, const retort::ViewStep& step) override {
    const int64_t low = both_ways_ ? -pixels_ : 0;
    const auto shift = at::randint(low, pixels_ + 1, {2}, step.generator, at::TensorOptions().dtype(at::kLong));
    return images.roll({shift[0].item<int64_t>(), shift[1].item<int64_t>()}, {2, 3});
  }

 private:
  int64_t pixels_ = 4;
  bool both_ways_ = false;
};

}  // namespace

RETORT_PLUGIN(Roll, "roll")
