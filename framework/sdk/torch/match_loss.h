#pragma once
// The component kind `match_loss`: how far a synthetic set is from real data in what a network does with both. It says
// what it compares (parameters after training, gradients, or features) and returns one number; `distill.*` own the
// loops, the networks and the update of the images. A new distance is one small file.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {

enum class Compares {
  parameters,  ///< of a student trained on the synthetic set, with an expert's (MTT, TESLA)
  gradients,   ///< of the cross entropy of one class, with respect to the parameters (DC, DSA)
  features,    ///< activations of whole batches with their labels (DM, CAFE)
};

const char* name_of(Compares what);

/// The same tensor on both sides: a parameter, its gradient, or an activation [images, …].
struct MatchPair {
  std::string name;      ///< "conv1.weight"; of features "features" (the embedding) or what the network calls the layer
  at::Tensor synthetic;  ///< differentiable
  at::Tensor real;       ///< no gradient; of features, the number of images may differ
};

struct Matching {
  std::vector<MatchPair> pairs;              ///< in definition order; of features, in the order of `layers()`
  std::vector<at::Tensor> start;             ///< parameters only: where student and expert both began, one a pair
  at::Tensor synthetic_labels, real_labels;  ///< features only: int64, one an image
  int64_t classes = 0;                       ///< features only

  /// The pair of this name; throws Error(user) listing those there are.
  const MatchPair& pair(const std::string& name) const;
};

class RETORT_API MatchLoss : public Plugin {
 public:
  static constexpr const char* kKind = "match_loss";
  virtual Compares compares() const = 0;
  /// Features only: the activations it reads. "features" is the embedding; others are named by the network (ConvNet:
  /// relu1, pool1, …).
  virtual std::vector<std::string> layers() const { return {"features"}; }
  /// A scalar, differentiable in every `synthetic`. [each step; of gradients, once a class]
  virtual at::Tensor value(const Matching& matching) = 0;

  /// A finite scalar; gradient reaches the synthetic side alone; 20 steps lower it; same input, same value.
  std::vector<std::string> broken_properties() override;
};

/// Mean of the rows of each class: [N,…] and int64 [N] → [classes,…], differentiable. A class without rows gives zeros.
at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes);

}  // namespace retort
