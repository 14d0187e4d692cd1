#pragma once
// What a student is trained on, whatever form its labels have: batches of views with targets.
#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>

#include "relabel/labeller.h"
#include "relabel/replay.h"
#include "sdk/torch/tensor_file.h"
#include "train/batches.h"
#include "train/supervised.h"
#include "vision/augmentation.h"

namespace retort::evaluate {

/// How the student's loss compares; parameters of evaluate.student.
struct LossSettings {
  std::string type = "kl";
  double temperature = 20;
  bool temperature_squared = false;
  double hard_weight = 0.1;
  double smoothing = 0;

  void declare(Declare& d);
};

class LabelledViews {
 public:
  /// `labels` may be null: hard labels, or the `learned` probabilities [M,K] if they are defined. Throws Error(user) if
  /// labels do not fit the images or the settings.
  LabelledViews(Run& run, const LabelledImages& images, const Artifact* labels, const at::Tensor& learned,
                const vision::Augmentation& augmentation, const relabel::Mixing& mixing, const LossSettings& loss,
                const Normalization& student, int64_t batch, int64_t epochs);

  const std::string& form() const { return form_; }
  int64_t steps() const { return batches_.steps(); }
  int64_t classes() const { return classes_; }
  /// Images shown to teachers for one epoch while the student trains.
  int64_t teacher_images() const { return labeller_ ? batches_.count() * static_cast<int64_t>(labeller_->size()) : 0; }

  train::Batch batch(const train::Position& at);

  at::Tensor loss(const at::Tensor& logits, const train::Batch& batch) const;

 private:
  static void check_replay(const relabel::ReplayFacts& facts, int64_t count, int64_t batch, int64_t epochs);

  void read_soft(const Artifact& labels, const LabelledImages& images);

  /// What the loss compares with: logits of soft labels, probabilities of learned and of mixed hard ones, nothing for
  /// plain hard ones.
  at::Tensor target(const at::Tensor& pixels, const at::Tensor& labels, const at::Tensor& indices,
                    const vision::Mix& mix) const;

  train::Batch replayed(const train::Position& at);

  Run& run_;
  const vision::Augmentation& augmentation_;
  const relabel::Mixing& mixing_;
  const LossSettings& loss_;
  Normalization student_;
  at::Tensor pixels_, labels_, soft_;
  at::Tensor learned_;  ///< probabilities [M,K]
  int64_t classes_;
  train::Batches batches_;
  std::string form_;
  std::optional<relabel::Labeller> labeller_;
  std::optional<relabel::Replay> replay_;
};

}  // namespace retort::evaluate
