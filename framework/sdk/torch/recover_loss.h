#pragma once
// The component kind `recover_loss`: one term of the objective that images are recovered with (SRe2L, SC-DD and all
// that follow them). It says what it reads, and returns one value a group; `recover` owns the loop, the views and the
// update.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sdk/component.h"
#include "sdk/plugin.h"
#include "sdk/torch/normalization.h"

namespace retort {

/// One BatchNorm layer of the teacher in this step.
struct BatchNormStats {
  std::string name;
  at::Tensor mean, var;                  ///< of its input over each group: [groups, channels]; biased variance
  at::Tensor running_mean, running_var;  ///< [channels]
};

struct RecoverStep {
  at::Tensor canvas;                            ///< [G·B,C,H,W] the images themselves, before the view, normalised
  at::Tensor images;                            ///< [G·B,C,h,w] the view the teacher saw
  at::Tensor labels;                            ///< int64 [G·B]
  at::Tensor logits;                            ///< [G·B,K]
  at::Tensor features;                          ///< [G·B,F]
  std::span<const BatchNormStats> batch_norms;  ///< stem first
  int64_t groups = 1;                           ///< G batches recovered side by side; group g is images [g·B, (g+1)·B)
  int64_t first_batch = 0;  ///< group g is batch first_batch + g of the run, however many run at once
  int64_t iteration = 0, iterations = 1;
  size_t teacher = 0;  ///< which of several teachers this is
};

/// What a loss may look at once, before the first step: to collect statistics of real data through the teachers.
struct RecoverStart {
  size_t teachers = 1;
  int64_t batches = 1;  ///< of the whole run
  std::vector<std::string> classes;
  Normalization normalization;  ///< of the images
  int64_t image_size = 0;
  /// Shows normalised images (one group, on any device) to a teacher, without gradient.
  std::function<void(size_t teacher, const at::Tensor& images, const at::Tensor& labels,
                     const std::function<void(const RecoverStep&)>& visit)>
      look;
  std::function<uint64_t(const std::string& purpose, uint64_t epoch, uint64_t step)> stream;  ///< as Run::stream
};

class RETORT_API RecoverLoss : public Plugin {
 public:
  static constexpr const char* kKind = "recover_loss";
  /// True if it reads RecoverStep::batch_norms; a teacher without BatchNorm is then refused.
  virtual bool reads_batch_norms() const { return false; }
  /// Called once before the first step, after a resume too. Inputs of the loss's own are there.
  virtual void prepare(const RecoverStart&) {}
  /// One value a group: [groups], differentiable in the images. [each step, once a teacher]
  virtual at::Tensor value(const RecoverStep& step) = 0;

  /// What must survive an interruption beside the images (moving averages), by name; `restore` gets it back.
  virtual std::map<std::string, at::Tensor> state() const { return {}; }
  virtual void restore(const std::map<std::string, at::Tensor>&) {}

  // Of every loss; no author declares them, `recover` does what they say.
  double weight = 1;              ///< factor in the objective
  std::vector<int64_t> teachers;  ///< the teachers it is applied to, from 0; empty: all
  bool applies_to(size_t teacher) const {
    return teachers.empty() ||
           std::find(teachers.begin(), teachers.end(), static_cast<int64_t>(teacher)) != teachers.end();
  }

  /// Finite; gradient reaches the images; 20 steps lower it; same input, same value; groups do not see each other.
  std::vector<std::string> broken_properties() override;

 protected:
  void declare_common(Declare& d) override {
    d.param("weight", weight, "Factor of this term in the objective").at_least(0);
    d.param("teachers", teachers,
            "The teachers this term is applied to, from 0: it is then the mean over those of them that a step asks, "
            "by their shares; empty: all")
        .at_least(0)
        .neutral(Json::array());
  }
};

}  // namespace retort
