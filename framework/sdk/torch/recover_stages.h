#pragma once
// The component kind `recover_stages`: how the iterations of `recover` are cut into stages with resolutions of their
// own, and what happens to the images between two (FADRM resizes and mixes the initial images in, METHODS.md 2.7).
#include <ATen/core/Tensor.h>

#include <vector>

#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {

struct RecoverStage {
  int64_t iterations = 0;
  int64_t image_size = 0;
};

class RETORT_API RecoverStages : public Plugin {
 public:
  static constexpr const char* kKind = "recover_stages";
  /// At least one stage; the iterations add up to `iterations`. The optimiser starts afresh in each, the learning
  /// rate's schedule runs over all.
  virtual std::vector<RecoverStage> stages(int64_t iterations, int64_t image_size) = 0;
  /// The images of a batch as stage `index` (from 1) begins with them: [B,C,size,size] from what the stage before left,
  /// of that stage's size, and the initial images, of the size that the images are to have.
  virtual at::Tensor enter(const RecoverStage& stage, const at::Tensor& images, const at::Tensor& initial) = 0;
  /// Iterations add up, sizes positive, `enter` gives the stage's size.
  std::vector<std::string> broken_properties() override;
};

}  // namespace retort
