#pragma once
// Networks that label what they are shown: the mean of their logits. As an artifact: a `labels` of form "labeller"
// holds their weights.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "nn/model.h"

namespace retort::relabel {

struct LabellerSettings {
  std::string mode = "eval";
  int64_t splits = 1;
  std::vector<double> weights;

  void declare(Declare& d) {
    d.param("mode", mode,
            "Teachers normalise with running statistics, or with those of the batch (SRe2L's and SC-DD's CIFAR "
            "scripts, CV-DD)")
        .one_of({"eval", "train"});
    d.param("splits", splits, "train: consecutive parts of a batch with statistics of their own (CV-DD: 2)")
        .at_least(1)
        .neutral(1);
    d.param("teacher_weights", weights, "Weights of the teachers' logits; empty counts all alike").at_least(0);
  }
  Json json() const { return {{"mode", mode}, {"splits", splits}, {"teacher_weights", weights}}; }
  static LabellerSettings from_json(const Json& json) {
    return {json.at("mode"), json.at("splits"), json.at("teacher_weights").get<std::vector<double>>()};
  }
};

class Labeller {
 public:
  /// Throws Error(user) if a teacher has no head, classes differ, or weights do not fit.
  Labeller(std::vector<nn::Model> teachers, LabellerSettings settings) : settings_(std::move(settings)) {
    double sum = 0;
    for (const double weight : settings_.weights) sum += weight;
    if (!settings_.weights.empty() && (settings_.weights.size() != teachers.size() || sum <= 0))
      throw Error(ErrorKind::user, "\"teacher_weights\" has " + std::to_string(settings_.weights.size()) +
                                       " numbers for " + std::to_string(teachers.size()) +
                                       " teachers, or none above 0");
    for (size_t i = 0; i < teachers.size(); ++i) {
      if (teachers[i].classes().empty() || teachers[i].classes() != teachers[0].classes())
        throw Error(ErrorKind::user,
                    "teachers[" + std::to_string(i) + "] has no head, or other classes than teachers[0]");
      shares_.push_back(settings_.weights.empty() ? 1.0 / static_cast<double>(teachers.size())
                                                  : settings_.weights[i] / sum);
      teachers_.push_back(settings_.mode == "eval" ? teachers[i].frozen() : teachers[i]);
    }
  }

  const std::vector<std::string>& classes() const { return teachers_.front().classes(); }
  size_t size() const { return teachers_.size(); }

  /// Floating pixels in 0..1 [B,3,S,S] → float32 logits [B,K], no gradient.
  at::Tensor logits(const at::Tensor& pixels) const {
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

  static std::vector<nn::Model> read_teachers(const Input& teachers, Run& run) {
    std::vector<nn::Model> models;
    for (const auto& artifact : teachers) models.push_back(nn::Model::read(artifact, run).to(run.device(), at::kFloat));
    return models;
  }

  /// Keeps the teachers in a labels artifact, weights and all.
  static void write(Output& output, const Input& teachers, const LabellerSettings& settings) {
    output.meta["settings"] = settings.json();
    output.meta["teachers"] = Json::array();
    for (size_t i = 0; i < teachers.size(); ++i) {
      output.copy(file(i), teachers[i].file("weights.safetensors"));
      output.meta["teachers"].push_back(teachers[i].meta);
    }
  }
  static Labeller read(const Artifact& labels, Run& run) {
    std::vector<nn::Model> models;
    for (size_t i = 0; i < labels.meta.at("teachers").size(); ++i) {
      Artifact teacher;
      teacher.kind = "classifier";
      teacher.meta = labels.meta["teachers"][i];
      teacher.files["weights.safetensors"] = labels.file(file(i));
      models.push_back(nn::Model::read(teacher, run).to(run.device(), at::kFloat));
    }
    return Labeller(std::move(models), LabellerSettings::from_json(labels.meta.at("settings")));
  }

 private:
  static std::string file(size_t index) { return "teacher-" + std::to_string(index) + ".safetensors"; }

  LabellerSettings settings_;
  std::vector<nn::Model> teachers_;
  std::vector<double> shares_;
};

}  // namespace retort::relabel
