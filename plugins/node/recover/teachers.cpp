#include "teachers.h"

#include "core/error.h"

namespace retort::recover {

Teachers::Teachers(const Input& artifacts, Run& run) : device_(run.device()) {
  for (const auto& artifact : artifacts) {
    linked_.push_back(nn::Model::read(artifact, run).to(device_, at::kFloat));
    check(linked_.back());
    frozen_.push_back(linked_.back().frozen());
  }
}

void Teachers::prepare(Components<TeacherPrepare>& components, const PrepareStep& step) {
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

void Teachers::look(size_t teacher, const at::Tensor& view, int64_t groups, bool batch_norms, RecoverStep step,
                    const std::function<void(const RecoverStep&)>& visit) const {
  nn::PassOptions options;
  options.mode = nn::Mode::frozen;
  options.tap_batch_norm = batch_norms;
  options.groups = groups;
  auto seen = frozen_[teacher](convert(teacher, view), options);
  std::vector<BatchNormStats> stats;
  for (auto& tap : seen.batch_norms) stats.push_back({tap.name, tap.mean, tap.var, tap.running_mean, tap.running_var});
  step.images = view;
  step.logits = seen.logits.to(at::kFloat);
  step.features = seen.features;
  step.batch_norms = stats;
  step.groups = groups;
  step.teacher = teacher;
  visit(step);
}

bool Teachers::has_batch_norm(size_t teacher) const {
  for (const auto& tensor : linked_[teacher].weights().all())
    if (tensor.name.ends_with("running_var")) return true;
  return false;
}

void Teachers::check(const nn::Model& model) const {
  const std::string place = "teachers[" + std::to_string(linked_.size() - 1) + "]";
  if (model.classes().empty()) throw Error(ErrorKind::user, place + " has no classifier head");
  if (model.classes() != linked_.front().classes())
    throw Error(ErrorKind::user, place + " has other classes than teachers[0] (" +
                                     std::to_string(model.classes().size()) + ", not " +
                                     std::to_string(classes().size()) + ", or other names)");
}

at::Tensor Teachers::convert(size_t teacher, const at::Tensor& view) const {
  const auto& own = linked_[teacher].normalization();
  if (own == normalization()) return view;
  return own.apply(normalization().invert(view));
}

}  // namespace retort::recover
