#include "match/trajectory_matching.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "vision/draw.h"

namespace retort::match {
namespace {

uint64_t u(int64_t number) { return static_cast<uint64_t>(number); }

Parameters on(const at::Device& device, const Parameters& values) {
  Parameters moved;
  for (const auto& value : values) moved.push_back(value.to(device));
  return moved;
}

}  // namespace

void TrajectoryMatching::declare_matching(Declare& d) {
  set_defaults(5000, 1000);
  declare_images(d);
  declare_augmentation(d);
  d.inputs("trajectories", trajectories_in_, "trajectories", "Experts, all of one architecture");
  d.component("loss", loss_, "How far the trained student is from the expert");
  d.param("steps", steps_, "Inner steps of the student (N)").at_least(1);
  d.param("expert_epochs", expert_epochs_, "Epochs the expert is ahead (M)").at_least(1);
  d.param("max_start", max_start_, "Start epochs are 0 to one below this").at_least(1);
  d.param("batch_syn", batch_, "Synthetic images an inner step; 0: all").at_least(0);
  d.param("student_lr", first_lr_, "Learning rate of the inner steps at first; it is learned").greater_than(0);
  d.param("lr_lr", lr_lr_, "Learning rate of that learning rate").at_least(0);
  d.param("min_student_lr", least_lr_, "Keeps the learned rate at least this; it may turn negative otherwise")
      .greater_than(0);
}

Space TrajectoryMatching::space(const LabelledImages&) {
  trajectories_.emplace(trajectories_in_);
  trajectories_->check_made_of(data());
  return Space::read(trajectories_in_[0]);
}

void TrajectoryMatching::prepare(Run& run) {
  if (loss_->compares() != Compares::parameters)
    throw Error(ErrorKind::user,
                std::string("\"loss\" compares ") + name_of(loss_->compares()) + "; here it must compare parameters");
  const auto& meta = trajectories_->meta();
  if (meta.at("classes") != Json(real().class_names()) || meta.at("image_size") != real().image_size())
    throw Error(ErrorKind::user,
                "the experts were trained on other data: " + std::to_string(meta.at("classes").size()) +
                    " classes at " + meta.at("image_size").dump() + " px, the data have " +
                    std::to_string(real().classes()) + " at " + std::to_string(real().image_size()) + " px");
  trajectories_->require(max_start_ - 1, expert_epochs_);
  network_ = run.component(nn::Network::kKind, meta.at("architecture"));
  student_.emplace(dynamic_cast<const nn::Network&>(*network_), shape(), real().device());
  trajectories_->check_layout(student_->names(), student_->parameters());
  if (batch_ == 0 || batch_ > labels().size(0)) batch_ = labels().size(0);
  targets_ = labels();
  student_lr_ = at::full({}, first_lr_, images().options().requires_grad(false)).requires_grad_(true);
  train::OptimizerSettings sgd;
  sgd.momentum = momentum();
  train::ParameterGroup group;
  group.parameters = {{"student_lr", student_lr_}};
  lr_optimizer_ = train::make_optimizer(sgd, {group});
}

double TrajectoryMatching::iterate(Run& run, int64_t iteration) {
  // A shuffled cycle through the experts, a uniform start.
  auto cycle = vision::make_generator(run.stream("experts", u(iteration / trajectories_->experts())));
  const auto expert =
      vision::draw_permutation(trajectories_->experts(), cycle)[iteration % trajectories_->experts()].item<int64_t>();
  auto random = vision::make_generator(run.stream("start", u(iteration)));
  const auto epoch = static_cast<int64_t>(vision::draw_one(random) * static_cast<double>(max_start_));
  const auto start = on(real().device(), trajectories_->snapshot(expert, epoch));
  const auto goal = on(real().device(), trajectories_->snapshot(expert, epoch + expert_epochs_));
  see_goal(goal);

  const double loss = take_gradients(inner_loss(run, iteration), distance_to(goal, start), start);
  update(lr());
  lr_optimizer_->step(lr_lr_, lr_lr_);
  lr_optimizer_->zero();
  at::NoGradGuard no_grad;
  if (least_lr_) student_lr_.clamp_min_(*least_lr_);
  return loss;
}

InnerLoss TrajectoryMatching::inner_loss(Run& run, int64_t iteration) const {
  // Chunks of shuffled indices, taken from the end as published; shuffled again when they are used up.
  const int64_t count = labels().size(0), chunks = (count + batch_ - 1) / batch_;
  return [this, &run, iteration, count, chunks](const Parameters& parameters, int64_t step) {
    auto shuffle = vision::make_generator(run.stream("batches", u(iteration), u(step / chunks)));
    const auto order = vision::draw_permutation(count, shuffle);
    const auto index = (chunks - 1 - step % chunks) * batch_;
    const auto chosen = order.narrow(0, index, std::min(batch_, count - index)).to(images().device());
    auto random = vision::make_generator(run.stream("dsa", u(iteration), u(step)));
    const auto seen = augment().apply(images().index_select(0, chosen), augment().draw(chosen.size(0), random));
    return at::cross_entropy_loss(student_->logits(parameters, seen), targets_.index_select(0, chosen));
  };
}

Distance TrajectoryMatching::distance_to(const Parameters& goal, const Parameters& start) {
  return [this, goal, start](const Parameters& parameters) {
    Matching matching;
    matching.start = start;
    const auto names = student_->names();
    for (size_t i = 0; i < names.size(); ++i) matching.pairs.push_back({names[i], parameters[i], goal[i]});
    return loss_->value(matching);
  };
}

TensorList TrajectoryMatching::state() {
  TensorList all{{"student_lr", student_lr_}};
  for (const auto& [name, tensor] : lr_optimizer_->state()) all.emplace_back("lr_optimizer." + name, tensor);
  return all;
}

void TrajectoryMatching::finish(Output& output) { output.meta["learning_rate"] = student_lr_.item<double>(); }

}  // namespace retort::match
