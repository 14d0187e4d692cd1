// FADRM (NeurIPS 2025): several stages of resolutions of their own; between two, the images are resized and the initial
// images mixed in, so that what the start held is not lost.
#include <ATen/ATen.h>

#include "sdk/torch/recover_stages.h"

namespace {

at::Tensor resized(const at::Tensor& images, int64_t size) {
  if (images.size(2) == size && images.size(3) == size) return images;
  return at::upsample_bilinear2d(images.contiguous(), {size, size}, /*align_corners=*/false);
}

class Residual final : public retort::RecoverStages {
 public:
  void declare(retort::Declare& d) override {
    d.about("Equal stages; between two the images are resized and mixed with the initial ones");
    d.param("count", count_, "Number of stages").at_least(1);
    d.param("sizes", sizes_, "Resolutions, taken in turn; empty: the size of the images (FADRM, 224 pixels: 200, 224)")
        .at_least(1);
    d.param("keep", keep_, "Part of the images in the mix; the rest is the initial images").between(0, 1);
  }

  std::vector<retort::RecoverStage> stages(int64_t iterations, int64_t image_size) override {
    std::vector<retort::RecoverStage> stages;
    for (int64_t i = 0; i < count_; ++i) {
      const int64_t begin = iterations * i / count_, end = iterations * (i + 1) / count_;
      stages.push_back({end - begin, sizes_.empty() ? image_size : sizes_[static_cast<size_t>(i) % sizes_.size()]});
    }
    return stages;
  }

  at::Tensor enter(const retort::RecoverStage& stage, const at::Tensor& images, const at::Tensor& initial) override {
    return keep_ * resized(images, stage.image_size) + (1 - keep_) * resized(initial, stage.image_size);
  }

 private:
  int64_t count_ = 4;
  std::vector<int64_t> sizes_;
  double keep_ = 0.5;
};

}  // namespace

RETORT_PLUGIN(Residual, "residual")
