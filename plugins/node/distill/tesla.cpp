// Trajectory matching in constant memory (TESLA, METHODS.md 3.6): the direct part of MTT's gradient, not all of it.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "match/trajectory_matching.h"
#include "sdk/torch/tensor_file.h"

namespace retort {

class DistillTesla : public match::TrajectoryMatching {
 public:
  void declare(Declare& d) override {
    d.about("Images that train a student along an expert's trajectory, in constant memory (TESLA)");
    declare_matching(d);
    d.param("soft_labels", soft_labels_,
            "Labels are what the expert's target network says of the images, anew each iteration");
    d.param("as_released", as_released_,
            "Half the images' gradient, as the released code takes it; published rates fit that");
  }

 protected:
  void prepare(Run& run) override {
    TrajectoryMatching::prepare(run);
    if (soft_labels_) probabilities_ = at::one_hot(labels(), real().classes()).to(images().dtype());
  }

  void see_goal(const match::Parameters& goal) override {
    if (!soft_labels_) return;
    at::NoGradGuard no_grad;
    probabilities_.copy_(student().logits(goal, images()).softmax(1));
    set_targets(probabilities_);
  }

  double take_gradients(const match::InnerLoss& loss, const match::Distance& distance,
                        const match::Parameters& start) override {
    const double value = match::direct_gradients(loss, distance, start, student_lr(), steps(), images());
    if (as_released_) images().mutable_grad().mul_(0.5);
    return value;
  }

  TensorList state() override {
    auto all = TrajectoryMatching::state();
    if (soft_labels_) all.emplace_back("probabilities", probabilities_);
    return all;
  }

  void finish(Output& output) override {
    TrajectoryMatching::finish(output);
    if (!soft_labels_) return;
    write_tensors(output.file("soft_labels.safetensors"), {{"probabilities", probabilities_.cpu()}});
    output.meta["soft_labels"] = true;
  }

 private:
  bool soft_labels_ = false, as_released_ = true;
  at::Tensor probabilities_;
};

}  // namespace retort

RETORT_PLUGIN(retort::DistillTesla, "distill.tesla")
