#pragma once
// The component kind `recover_view`: what the teacher is shown of the images in one step (a crop, a flip, a shift). One
// draw a batch, as in SRe2L (METHODS.md 1.4); gradients pass through it to the images.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {

struct ViewStep {
  at::Generator generator;  ///< of this batch, step and view alone (CPU)
  int64_t iteration = 0, iterations = 1;
};

class RETORT_API RecoverView : public Plugin {
 public:
  static constexpr const char* kKind = "recover_view";
  /// [B,C,H,W] of one batch → [B,C,h,w] with a size that does not depend on the draw. Differentiable.
  virtual at::Tensor apply(const at::Tensor& images, const ViewStep& step) = 0;
  /// Finite, size fixed, same generator same view, gradient reaches the images.
  std::vector<std::string> broken_properties() override;
};

}  // namespace retort
