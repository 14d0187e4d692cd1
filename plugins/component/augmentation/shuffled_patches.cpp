// The students' views of RDED (METHODS.md 2.4): the square patches an image is tiled of change places, then the usual
// chain of random image operations.
#include <ATen/ATen.h>

#include "core/error.h"
#include "vision/augmentation.h"
#include "vision/draw.h"

namespace {

namespace vision = retort::vision;

class ShuffledPatches final : public vision::Augmentation {
 public:
  void declare(retort::Declare& d) override {
    d.about("Shuffle the square patches of each image, then crop, flip and so on as \"standard\" does (RDED)");
    d.param("factor", factor_, "Patches along a side of an image; 1 shuffles nothing").at_least(1);
    params_.declare(d);
  }

  at::Tensor apply(const at::Tensor& images, at::Generator& random) const override {
    return params_.recipe()(shuffled(images, random), images.size(2), random);
  }

 private:
  /// Each image in an order of its own.
  at::Tensor shuffled(const at::Tensor& images, at::Generator& random) const {
    const int64_t count = images.size(0), channels = images.size(1), side = images.size(2), patch = side / factor_;
    if (side % factor_ != 0)
      throw retort::Error(
          retort::ErrorKind::user,
          "\"factor\" " + std::to_string(factor_) + " does not divide the side of " + std::to_string(side) + " pixels");
    const auto order = vision::draw_uniform(count * factor_ * factor_, 0, 1, random)
                           .view({count, factor_ * factor_})
                           .argsort(/*stable=*/true, 1, /*descending=*/false)
                           .to(images.device());
    const auto patches = images.reshape({count, channels, factor_, patch, factor_, patch})
                             .permute({0, 2, 4, 1, 3, 5})
                             .reshape({count, factor_ * factor_, channels, patch, patch});
    const auto moved = patches.gather(1, order.view({count, -1, 1, 1, 1}).expand_as(patches));
    return moved.view({count, factor_, factor_, channels, patch, patch})
        .permute({0, 3, 1, 4, 2, 5})
        .reshape({count, channels, side, side});
  }

  int64_t factor_ = 2;
  vision::RecipeParams params_;
};

}  // namespace

RETORT_PLUGIN(ShuffledPatches, "shuffled_patches")
