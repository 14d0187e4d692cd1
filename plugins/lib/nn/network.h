#pragma once
// The component kind `network`: an architecture, written once as a function of a Pass. It holds no weights.
#include <string>

#include "nn/pass.h"
#include "sdk/component.h"

namespace retort::nn {

class RETORT_API Network : public Plugin {
 public:
  static constexpr const char* kKind = "network";
  /// [N,3,H,W] normalised images → [N,F] features before the classifier. What it does may depend on the pass, shapes
  /// and weights alone, and random numbers come from the pass's generator: on a card a training step that draws none is
  /// recorded and replayed (train/step_graph.h), and what another source drew would be the same in every step.
  virtual at::Tensor features(Pass& pass, const at::Tensor& images) const = 0;
  /// Name of the classifier layer in torchvision ("fc"), so that files fit.
  virtual std::string head_name() const { return "fc"; }
  /// [N,F] → [N,classes].
  virtual at::Tensor logits(Pass& pass, const at::Tensor& features, int64_t classes) const;

  /// Shapes, finite values, weights that follow from the seed, images that do not see each other in eval mode, a frozen
  /// pass that equals it, and a gradient that reaches the images and every parameter.
  std::vector<std::string> broken_properties() override;
};

/// Fresh weights for images of this size; `classes` 0 makes a backbone without head. Same seed, same weights.
Weights initialise(const Network& network, int64_t channels, int64_t image_size, int64_t classes, uint64_t seed);

/// Names, order and shapes only; the values are whatever memory held.
Weights outline(const Network& network, int64_t channels, int64_t image_size, int64_t classes);

}  // namespace retort::nn
