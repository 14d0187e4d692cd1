// Random resized crop of the whole batch: one box a batch and step (METHODS.md 1.4). With a curriculum the smallest
// share of the image starts at all of it and falls to `scale`[0] (CDA, TMLR 2024).
#include "vision/crop.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "sdk/torch/recover_view.h"

namespace {

class Crop final : public retort::RecoverView {
 public:
  void declare(retort::Declare& d) override {
    d.about("Random resized crop, one box a batch");
    d.param("scale", scale_, "Smallest and largest share of the image's area").greater_than(0).at_most(1);
    d.param("ratio", ratio_, "Smallest and largest width / height").greater_than(0);
    d.param("antialias", antialias_, "Filter when shrinking; torchvision up to 0.16 did not for batches");
    d.param("curriculum", curriculum_,
            "How the smallest share falls from 1 to scale[0] over the first iterations (CDA)")
        .one_of({"none", "cosine", "linear", "step"})
        .neutral("none");
    d.param("curriculum_part", curriculum_part_, "Part of the iterations the curriculum takes")
        .between(0, 1)
        .neutral(1);
    d.random();
  }

  at::Tensor apply(const at::Tensor& images, const retort::ViewStep& step) override {
    if (scale_.size() != 2 || ratio_.size() != 2)
      throw retort::Error(retort::ErrorKind::user, "view \"crop\": \"scale\" and \"ratio\" are pairs of numbers");
    const retort::vision::CropRange range{smallest(step), scale_[1], ratio_[0], ratio_[1]};
    at::Generator generator = step.generator;
    const auto box = retort::vision::draw_crop_box(images.size(2), images.size(3), range, generator);
    return retort::vision::resized_crop(images, retort::vision::same_box(images.size(0), box), {}, images.size(2),
                                        antialias_);
  }

 private:
  double smallest(const retort::ViewStep& step) const {
    const double end = curriculum_part_ * static_cast<double>(step.iterations);
    const double at = static_cast<double>(step.iteration);
    if (curriculum_ == "none" || at >= end) return scale_[0];
    double part = 1;
    if (curriculum_ == "cosine") part = (1 + std::cos(M_PI * at / end)) / 2;
    if (curriculum_ == "linear") part = 1 - at / end;
    return std::min(scale_[0] + (1 - scale_[0]) * part, scale_[1]);
  }

  std::vector<double> scale_{0.08, 1}, ratio_{3.0 / 4, 4.0 / 3};
  bool antialias_ = false;
  std::string curriculum_ = "none";
  double curriculum_part_ = 1;
};

}  // namespace

RETORT_PLUGIN(Crop, "crop")
