// The usual chain of random image operations: crop, flip, colour jitter, gray, blur, solarize.
#include "vision/augmentation.h"
#include "vision/recipe.h"

namespace {

class Standard final : public retort::vision::Augmentation {
  retort::vision::RecipeParams params_;
  std::optional<int64_t> size_;
  int64_t count_ = 1;

 public:
  void declare(retort::Declare& d) override {
    d.about("Crop, flip, colour jitter, gray, blur and solarize, drawn for each image");
    params_.declare(d);
    d.param("size", size_, "Side of the views in pixels; by default the images'").at_least(1);
    d.param("count", count_, "Views of this kind a self-supervised step takes").at_least(1).neutral(1);
  }
  at::Tensor apply(const at::Tensor& images, at::Generator& random) const override {
    return params_.recipe()(images, size(images.size(2)), random);
  }
  int64_t size(int64_t image_size) const override { return size_.value_or(image_size); }
  int64_t count() const override { return count_; }
  std::optional<retort::vision::Recipe> recipe() const override { return params_.recipe(); }
};

}  // namespace

RETORT_PLUGIN(Standard, "standard")
