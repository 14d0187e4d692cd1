#pragma once
// What MTT and TESLA share (METHODS.md 3.5, 3.6): an expert's epoch to start from and one to arrive at, inner steps on
// batches of the synthetic images with per-image augmentation, a learned learning rate, and what is written. They
// differ in how the gradient is taken.
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>

#include "match/distillation.h"
#include "match/trajectories.h"
#include "match/unroll.h"
#include "sdk/component.h"
#include "sdk/torch/match_loss.h"

namespace retort::match {

class RETORT_API TrajectoryMatching : public Distillation {
 protected:
  void declare_matching(Declare& d);  ///< everything both take

  /// Fills the gradients of images and lr; returns the distance.
  virtual double take_gradients(const InnerLoss& loss, const Distance& distance, const Parameters& start) = 0;

  const at::Tensor& student_lr() const { return student_lr_; }  ///< scalar, requires grad
  int64_t steps() const { return steps_; }
  const Student& student() const { return *student_; }
  /// What the inner steps learn: labels, or probabilities [M,classes] computed from the goal.
  void set_targets(at::Tensor targets) { targets_ = std::move(targets); }
  /// Before the steps of an iteration: the expert's parameters they should reach.
  virtual void see_goal(const Parameters&) {}

  void prepare(Run& run) override;
  double iterate(Run& run, int64_t iteration) final;
  TensorList state() override;
  void finish(Output& output) override;
  Space space(const LabelledImages& data) override;

 private:
  InnerLoss inner_loss(Run& run, int64_t iteration) const;
  Distance distance_to(const Parameters& goal, const Parameters& start);

  Input trajectories_in_;
  Component<MatchLoss> loss_{R"({"type": "trajectory"})"};
  int64_t steps_ = 20, expert_epochs_ = 2, max_start_ = 20, batch_ = 0;
  double first_lr_ = 0.01, lr_lr_ = 1e-5;
  std::optional<double> least_lr_;

  std::optional<Trajectories> trajectories_;
  std::unique_ptr<Plugin> network_;
  std::optional<Student> student_;
  at::Tensor student_lr_, targets_;
  std::unique_ptr<train::Optimizer> lr_optimizer_;
};

}  // namespace retort::match
