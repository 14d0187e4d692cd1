#include "match/distillation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>

#include "core/error.h"
#include "sdk/checkpoint.h"
#include "sdk/made_of.h"
#include "sdk/torch/tensor_checkpoint.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace retort::match {
namespace {

constexpr const char *kCurves = "curves", *kTensors = "tensors.";

}  // namespace

void Distillation::declare_images(Declare& d) {
  d.random();
  d.numeric();
  d.input("data", data_, "dataset", "Real images to distil");
  d.output("images", out_, "images", "Synthetic images, float32, class by class").facts_of("data");
  d.output("curves", curves_out_, "curves", "Loss over iterations");
  d.param("per_class", per_class_, "Synthetic images a class").at_least(1);
  d.param("iterations", iterations_, "Iterations of the outer loop").at_least(0);
  d.param("init", init_, "What the images are at first").one_of({"real", "noise"});
  d.param("lr", lr_, "Learning rate of the images").at_least(0);
  d.param("momentum", momentum_, "Momentum of the images").between(0, 1);
  d.param("log_every", log_every_, "Iterations between two points of the curve").at_least(1);
  d.param("checkpoint_seconds", checkpoint_seconds_, "Least time between two checkpoints").at_least(0).not_in_key();
}

void Distillation::run(Run& run) {
  const auto data = vision::decoded(*data_);
  if (init_ == "real") indices_by_class(data.labels, data.classes, per_class_);
  real_.emplace(data, space(data), at::Device(run.device()));
  augment_ = augment_params_.make();
  images_ = first_images(run).requires_grad_(true);
  labels_ = at::arange(real_->classes()).repeat_interleave(per_class_).to(real_->device());
  train::OptimizerSettings sgd;
  sgd.momentum = momentum_;
  train::ParameterGroup group;
  group.parameters = {{"images", images_}};
  optimizer_ = train::make_optimizer(sgd, {group});
  prepare(run);

  train::Curves curves(run);
  auto saved = std::chrono::steady_clock::now();
  for (int64_t i = restore(run, curves); i < iterations_; ++i) {
    run.stop_if_cancelled();
    const double loss = iterate(run, i);
    if (!std::isfinite(loss))
      throw Error(ErrorKind::not_a_number, "the loss is " +
                                               std::string(std::isnan(loss) ? "not a number" : "infinite") +
                                               " in iteration " + std::to_string(i) + " (a lower \"lr\" may help)");
    if (i % log_every_ == 0 || i + 1 == iterations_) curves.add("loss", i, loss);
    run.progress(i + 1, iterations_);
    const auto now = std::chrono::steady_clock::now();
    if (i + 1 == iterations_ || std::chrono::duration<double>(now - saved).count() < checkpoint_seconds_) continue;
    save(run, i + 1, curves);
    saved = now;
  }
  check_finite();
  write(run, curves);
}

at::Tensor Distillation::first_images(Run& run) const {
  std::vector<at::Tensor> parts;
  for (int64_t label = 0; label < real_->classes(); ++label) {
    if (init_ == "real") {
      const at::Tensor& all = real_->of_class(label);
      const auto order = vision::draw_class_order(run.seed(), label, all.size(0));
      parts.push_back(real_->images(all.index_select(0, order.narrow(0, 0, per_class_))));
      continue;
    }
    auto random = vision::make_generator(run.stream("init", static_cast<uint64_t>(label)));
    parts.push_back(
        at::randn({per_class_, real_->channels(), real_->image_size(), real_->image_size()}, random, at::kFloat)
            .to(real_->device()));
  }
  return at::cat(parts);
}

void Distillation::update(double lr) {
  optimizer_->step(lr, lr);
  optimizer_->zero();
}

TensorList Distillation::all_state() {
  TensorList all{{"images", images_}};
  for (const auto& [name, tensor] : optimizer_->state()) all.emplace_back("optimizer." + name, tensor);
  for (const auto& [name, tensor] : state()) all.emplace_back("method." + name, tensor);
  return all;
}

int64_t Distillation::restore(Run& run, train::Curves& curves) {
  const auto saved = Checkpoint(run.checkpoint_folder()).load();
  if (!saved) return 0;
  const auto tensors = tensors_in(saved->blobs, kTensors);
  auto live = all_state();
  RETORT_CHECK(tensors.size() == live.size());
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < live.size(); ++i) live[i].second.copy_(tensors[i].second);
  curves.restore(saved->blobs.at(kCurves));
  return saved->step;
}

void Distillation::save(Run& run, int64_t iteration, const train::Curves& curves) {
  std::map<std::string, std::string> blobs{{kCurves, curves.text()}};
  add_tensors(blobs, kTensors, all_state());
  Checkpoint(run.checkpoint_folder()).save(iteration, blobs);
}

/// The last update is looked at too: no loss was computed from it.
void Distillation::check_finite() {
  for (const auto& [name, tensor] : all_state())
    if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
      throw Error(ErrorKind::not_a_number,
                  "\"" + name + "\" are not finite after the last iteration (a lower \"lr\" may help)");
}

void Distillation::write(Run&, const train::Curves& curves) {
  const SpacedImages result{images_.detach().to(at::kCPU), labels_.to(at::kCPU), real_->class_names(), real_->space()};
  result.write(out_, {{"per_class", per_class_}, {"codec", "none"}});
  state_made_of(out_, "data", *data_);
  finish(out_);
  curves.write(curves_out_);
}

}  // namespace retort::match
