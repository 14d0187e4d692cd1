#pragma once
// The networks that judge recovered images: read, checked against each other, frozen, and shown a view.
#include <ATen/ATen.h>

#include <span>

#include "core/error.h"
#include "nn/model.h"
#include "recover/teacher_prepare.h"
#include "sdk/torch/recover_loss.h"

namespace retort::recover {

class Teachers {
 public:
  /// Throws Error(user) if one has no head or other classes than the first.
  Teachers(const Input& artifacts, Run& run) : device_(run.device()) {
    for (const auto& artifact : artifacts) {
      linked_.push_back(nn::Model::read(artifact, run).to(device_, at::kFloat));
      check(linked_.back());
      frozen_.push_back(linked_.back().frozen());
    }
  }

  size_t size() const { return linked_.size(); }
  const nn::Model& first() const { return linked_.front(); }
  const std::vector<std::string>& classes() const { return first().classes(); }
  /// The space recovered images live in.
  const Normalization& normalization() const { return first().normalization(); }
  const at::Device& device() const { return device_; }

  /// Gives each teacher's copy for one batch to the components; without components nothing happens.
  template <class List>
  void prepare(List& components, const PrepareStep& step) {
    if (components.size() == 0) return;
    for (size_t i = 0; i < linked_.size(); ++i) {
      nn::Model copy(linked_[i].shared_network(), linked_[i].weights().clone(), linked_[i].classes(),
                     linked_[i].normalization(), linked_[i].image_size());
      PrepareStep own = step;
      own.images = convert(i, step.images);
      for (auto& component : components) component->prepare(copy, own);
      frozen_[i] = copy.frozen();
    }
  }

  /// Shows `view` to one teacher and `visit`s what it saw; the caller fills in the rest of the step.
  template <class Visit>
  void look(size_t teacher, const at::Tensor& view, int64_t groups, bool batch_norms, RecoverStep step,
            Visit&& visit) const {
    nn::PassOptions options;
    options.mode = nn::Mode::frozen;
    options.tap_batch_norm = batch_norms;
    options.groups = groups;
    auto seen = frozen_[teacher](convert(teacher, view), options);
    std::vector<BatchNormStats> stats;
    for (auto& tap : seen.batch_norms)
      stats.push_back({tap.name, tap.mean, tap.var, tap.running_mean, tap.running_var});
    step.images = view;
    step.logits = seen.logits.to(at::kFloat);
    step.features = seen.features;
    step.batch_norms = stats;
    step.groups = groups;
    step.teacher = teacher;
    visit(step);
  }

  /// Whether the network of this teacher has BatchNorm layers.
  bool has_batch_norm(size_t teacher) const {
    for (const auto& tensor : linked_[teacher].weights().all())
      if (tensor.name.ends_with("running_var")) return true;
    return false;
  }

 private:
  void check(const nn::Model& model) const {
    const std::string place = "teachers[" + std::to_string(linked_.size() - 1) + "]";
    if (model.classes().empty()) throw Error(ErrorKind::user, place + " has no classifier head");
    if (model.classes() != linked_.front().classes())
      throw Error(ErrorKind::user, place + " has other classes than teachers[0] (" +
                                       std::to_string(model.classes().size()) + ", not " +
                                       std::to_string(classes().size()) + ", or other names)");
  }

  /// From the first teacher's constants to this one's.
  at::Tensor convert(size_t teacher, const at::Tensor& view) const {
    const auto& own = linked_[teacher].normalization();
    if (own == normalization()) return view;
    return own.apply(normalization().invert(view));
  }

  at::Device device_;
  std::vector<nn::Model> linked_, frozen_;
};

}  // namespace retort::recover
