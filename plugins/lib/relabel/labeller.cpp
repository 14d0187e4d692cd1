#include "relabel/labeller.h"

#include <ATen/core/grad_mode.h>

#include "core/error.h"

namespace retort::relabel {
namespace {

std::string file_of(size_t teacher) { return "teacher-" + std::to_string(teacher) + ".safetensors"; }

}  // namespace

void LabellerSettings::declare(Declare& d) {
  d.param("mode", mode,
          "Teachers normalise with running statistics, or with those of the batch (SRe2L's and SC-DD's CIFAR "
          "scripts, CV-DD)")
      .one_of({"eval", "train"});
  d.param("splits", splits, "train: consecutive parts of a batch with statistics of their own (CV-DD: 2)")
      .at_least(1)
      .neutral(1);
  d.param("teacher_weights", weights, "Weights of the teachers' logits; empty counts all alike").at_least(0);
}

Json LabellerSettings::json() const { return {{"mode", mode}, {"splits", splits}, {"teacher_weights", weights}}; }

LabellerSettings LabellerSettings::from_json(const Json& json) {
  return {json.at("mode"), json.at("splits"), json.at("teacher_weights").get<std::vector<double>>()};
}

Labeller::Labeller(std::vector<nn::Model> teachers, LabellerSettings settings) : settings_(std::move(settings)) {
  double sum = 0;
  for (const double weight : settings_.weights) sum += weight;
  if (!settings_.weights.empty() && (settings_.weights.size() != teachers.size() || sum <= 0))
    throw Error(ErrorKind::user, "\"teacher_weights\" has " + std::to_string(settings_.weights.size()) +
                                     " numbers for " + std::to_string(teachers.size()) + " teachers, or none above 0");
  for (size_t i = 0; i < teachers.size(); ++i) {
    if (teachers[i].classes().empty() || teachers[i].classes() != teachers[0].classes())
      throw Error(ErrorKind::user,
                  "teachers[" + std::to_string(i) + "] has no head, or other classes than teachers[0]");
    shares_.push_back(settings_.weights.empty() ? 1.0 / static_cast<double>(teachers.size())
                                                : settings_.weights[i] / sum);
    teachers_.push_back(settings_.mode == "eval" ? teachers[i].frozen() : teachers[i]);
  }
}

at::Tensor Labeller::logits(const at::Tensor& pixels) const {
  at::NoGradGuard no_grad;
  nn::PassOptions options;
  if (settings_.mode == "train") {
    options.mode = nn::Mode::train;
    options.update_running = false;  // the scripts let the buffers drift; in train mode nothing reads them
    options.splits = settings_.splits;
  }
  at::Tensor sum;
  for (size_t i = 0; i < teachers_.size(); ++i) {
    const auto own =
        shares_[i] * teachers_[i](teachers_[i].normalization().apply(pixels), options).logits.to(at::kFloat);
    sum = sum.defined() ? sum + own : own;
  }
  return sum;
}

std::vector<nn::Model> Labeller::read_teachers(const Input& teachers, Run& run) {
  std::vector<nn::Model> models;
  for (const auto& artifact : teachers) models.push_back(nn::Model::read(artifact, run).to(run.device(), at::kFloat));
  return models;
}

void Labeller::write(Output& output, const Input& teachers, const LabellerSettings& settings) {
  output.meta["settings"] = settings.json();
  output.meta["teachers"] = Json::array();
  for (size_t i = 0; i < teachers.size(); ++i) {
    output.copy(file_of(i), teachers[i].file("weights.safetensors"));
    output.meta["teachers"].push_back(teachers[i].meta);
  }
}

Labeller Labeller::read(const Artifact& labels, Run& run) {
  std::vector<nn::Model> models;
  for (size_t i = 0; i < labels.meta.at("teachers").size(); ++i) {
    Artifact teacher;
    teacher.kind = "classifier";
    teacher.meta = labels.meta["teachers"][i];
    teacher.files["weights.safetensors"] = labels.file(file_of(i));
    models.push_back(nn::Model::read(teacher, run).to(run.device(), at::kFloat));
  }
  return Labeller(std::move(models), LabellerSettings::from_json(labels.meta.at("settings")));
}

}  // namespace retort::relabel
