// Gradient matching (DC, METHODS.md 3.1); with "augment": "dsa" it is DSA (3.2).
#include <ATen/ATen.h>

#include <map>

#include "core/error.h"
#include "match/distillation.h"
#include "match/gradients.h"
#include "match/training.h"
#include "sdk/torch/match_loss.h"
#include "vision/draw.h"

namespace retort {

class DistillDc : public match::Distillation {
 public:
  void declare(Declare& d) override {
    d.about("Images whose training gradients match those of real images (DC; with augmentation DSA)");
    declare_images(d);
    declare_augmentation(d);
    d.component("network", network_, "Drawn afresh each iteration");
    d.component("loss", loss_, "Distance of the gradients of one class");
    d.param("real_batch", real_batch_, "Real images a class and comparison").at_least(1);
    d.param("outer_loops", outer_, "Image updates an iteration; by default the published number for this per_class")
        .at_least(1);
    d.param("inner_epochs", inner_, "Epochs the network is trained on the images between two updates; likewise")
        .at_least(0);
    d.param("network_lr", network_lr_, "Learning rate of the network").at_least(0);
    d.param("network_batch", network_batch_, "Synthetic images a step of the network").at_least(1);
    d.param("step_per_class", step_per_class_, "Update the images after each class instead of once for all");
  }

 protected:
  void prepare(Run&) override {
    if (loss_->compares() != Compares::gradients)
      throw Error(ErrorKind::user,
                  std::string("\"loss\" compares ") + name_of(loss_->compares()) + "; here it must compare gradients");
    // The published numbers of updates and epochs; others as the authors advise in answers to users.
    static const std::map<int64_t, std::pair<int64_t, int64_t>> published = {
        {1, {1, 1}}, {10, {10, 50}}, {20, {20, 25}}, {30, {30, 20}}, {40, {40, 15}}, {50, {50, 10}}, {100, {50, 10}}};
    const auto row = published.find(per_class());
    if (row == published.end() && (!outer_ || !inner_))
      throw Error(ErrorKind::user,
                  "there is no published number of loops for \"per_class\" " + std::to_string(per_class()) +
                      " (there is for 1, 10, 20, 30, 40, 50, 100); give \"outer_loops\" and \"inner_epochs\"");
    outer_loops_ = outer_ ? *outer_ : row->second.first;
    inner_epochs_ = inner_ ? *inner_ : row->second.second;
    student_.emplace(*network_, shape(), real().device());
  }

  double iterate(Run& run, int64_t iteration) override {
    student_->restart(run.stream("network", u(iteration)));
    double loss = 0;
    for (int64_t outer = 0; outer < outer_loops_; ++outer) {
      if (student_->normalises_batches()) settle(run, iteration, outer);
      for (int64_t label = 0; label < real().classes(); ++label) {
        loss += compare(run, iteration, outer * real().classes() + label, label);
        if (step_per_class_) update(lr());
      }
      if (!step_per_class_) update(lr());
      run.stop_if_cancelled();
      if (outer + 1 < outer_loops_) train(run, iteration, outer);
    }
    return loss / static_cast<double>(outer_loops_ * real().classes());
  }

 private:
  static uint64_t u(int64_t number) { return static_cast<uint64_t>(number); }

  /// BatchNorm networks compare with running statistics of 16 real images a class.
  void settle(Run& run, int64_t iteration, int64_t outer) {
    constexpr int64_t kImages = 16;
    std::vector<at::Tensor> indices;
    auto random = vision::make_generator(run.stream("settle", u(iteration), u(outer)));
    for (int64_t label = 0; label < real().classes(); ++label) indices.push_back(real().draw(label, kImages, random));
    student_->settle(real().images(at::cat(indices)));
  }

  /// Adds the gradient of one class's distance to the images; returns the distance.
  double compare(Run& run, int64_t iteration, int64_t step, int64_t label) {
    auto random = vision::make_generator(run.stream("real", u(iteration), u(step)));
    const auto indices = real().draw(label, real_batch_, random);
    const auto change = augment().draw(1, random);
    auto gradient_of = [&](const at::Tensor& pictures, bool again) {
      const auto logits = student_->logits(augment().apply(pictures, change));
      const auto target = at::full({pictures.size(0)}, label, labels().options());
      return match::gradients(at::cross_entropy_loss(logits, target), student_->parameters(), again);
    };
    const auto goal = gradient_of(real().images(indices), false);
    const auto reached = gradient_of(images_of(label), true);
    Matching matching;
    const auto names = student_->names();
    for (size_t i = 0; i < names.size(); ++i) matching.pairs.push_back({names[i], reached[i], goal[i]});
    const auto value = loss_->value(matching);
    value.backward({}, /*retain_graph=*/false, /*create_graph=*/false, at::TensorList({images()}));
    return value.item<double>();
  }

  void train(Run& run, int64_t iteration, int64_t outer) {
    student_->use_batch_statistics();
    match::Training training(*student_, match::training_set(images(), labels()), network_batch_, /*momentum=*/0,
                             /*weight_decay=*/0, augment(), [&](const char* purpose, int64_t epoch) {
                               return run.stream(purpose, u(iteration), u(outer * inner_epochs_ + epoch));
                             });
    for (int64_t epoch = 0; epoch < inner_epochs_; ++epoch) training.epoch(epoch, network_lr_);
  }

  Component<nn::Network> network_{R"({"type": "convnet"})"};
  Component<MatchLoss> loss_{R"({"type": "gradient_distance"})"};
  int64_t real_batch_ = 256, network_batch_ = 256;
  std::optional<int64_t> outer_, inner_;
  double network_lr_ = 0.01;
  bool step_per_class_ = false;
  int64_t outer_loops_ = 1, inner_epochs_ = 1;
  std::optional<match::Student> student_;
};

}  // namespace retort

RETORT_PLUGIN(retort::DistillDc, "distill.dc")
