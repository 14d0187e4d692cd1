#pragma once
// What `recover` lowers: the view of each batch, shown to the teachers whose turn it is, and the weighted sum of the
// losses.
#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

#include "recover/batches.h"
#include "recover/teachers.h"
#include "sdk/component.h"
#include "sdk/torch/recover_view.h"
#include "sdk/torch/teacher_schedule.h"
#include "vision/draw.h"

namespace retort::recover {

class Objective {
 public:
  /// Throws Error(user) if a loss reads BatchNorm statistics and a teacher has none.
  Objective(Run& run, const Teachers& teachers, Components<RecoverLoss>& losses, Components<RecoverView>& views,
            TeacherSchedule& schedule, int64_t iterations)
      : run_(run), teachers_(teachers), losses_(losses), views_(views), schedule_(schedule), iterations_(iterations) {
    for (auto& loss : losses_) {
      names_.push_back(unused_name(loss->origin().value("type", "loss")));
      taps_ = taps_ || loss->reads_batch_norms();
    }
    for (size_t i = 0; taps_ && i < teachers_.size(); ++i)
      if (!teachers_.has_batch_norm(i))
        throw Error(ErrorKind::user, "a loss matches BatchNorm statistics, but teachers[" + std::to_string(i) +
                                         "] has no BatchNorm layer");
  }

  /// One value a group: [groups]. canvas: [G·B,C,H,W], a leaf on the teachers' device; labels there too.
  at::Tensor value(const at::Tensor& canvas, const at::Tensor& labels, const Chunk& chunk, int64_t iteration) {
    const auto view = view_of(canvas, chunk, iteration);
    const auto weights = teacher_weights(chunk, iteration);
    terms_.assign(losses_.size(), {});
    at::Tensor total = at::zeros({chunk.groups}, canvas.options());
    RecoverStep step;
    step.canvas = canvas;
    step.labels = labels;
    step.first_batch = chunk.first;
    step.iteration = iteration;
    step.iterations = iterations_;
    for (size_t teacher = 0; teacher < teachers_.size(); ++teacher) {
      const auto& share = weights[teacher];
      if (std::all_of(share.begin(), share.end(), [](double w) { return w == 0; })) continue;
      teachers_.look(teacher, view, chunk.groups, taps_, step,
                     [&](const RecoverStep& seen) { total = total + sum_of_losses(seen, share); });
    }
    return total;
  }

  /// Names of the losses, and what each gave in the last `value` before its weight: [groups], no gradient.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<at::Tensor>& terms() const { return terms_; }

  /// Lets losses look at the teachers before the first step.
  void start(int64_t batches, int64_t image_size) {
    RecoverStart start;
    start.teachers = teachers_.size();
    start.batches = batches;
    start.classes = teachers_.classes();
    start.normalization = teachers_.normalization();
    start.image_size = image_size;
    start.stream = [this](const std::string& purpose, uint64_t epoch, uint64_t step) {
      return run_.stream("loss." + purpose, epoch, step);
    };
    start.look = [this](size_t teacher, const at::Tensor& images, const at::Tensor& labels,
                        const std::function<void(const RecoverStep&)>& visit) {
      at::NoGradGuard no_grad;
      RecoverStep step;
      step.canvas = images.to(teachers_.device());
      step.labels = labels.to(teachers_.device());
      teachers_.look(teacher, step.canvas, 1, true, step, visit);
    };
    for (auto& loss : losses_) loss->prepare(start);
  }

 private:
  std::string unused_name(const std::string& type) const {
    std::string name = type;
    for (int i = 2; std::find(names_.begin(), names_.end(), name) != names_.end(); ++i)
      name = type + "#" + std::to_string(i);
    return name;
  }

  /// A batch's view depends on the batch and the iteration, not on how many batches run at once.
  at::Tensor view_of(const at::Tensor& canvas, const Chunk& chunk, int64_t iteration) {
    if (views_.size() == 0) return canvas;
    std::vector<at::Tensor> parts = canvas.chunk(chunk.groups);
    for (int64_t g = 0; g < chunk.groups; ++g) {
      auto& part = parts[static_cast<size_t>(g)];
      for (size_t v = 0; v < views_.size(); ++v) {
        const auto seed = run_.stream("view" + std::to_string(v), static_cast<uint64_t>(chunk.first + g),
                                      static_cast<uint64_t>(iteration));
        part = views_[v].apply(part, {vision::make_generator(seed), iteration, iterations_});
      }
    }
    return parts.size() == 1 ? parts[0] : at::cat(parts);
  }

  /// For each teacher its factor in each group.
  std::vector<std::vector<double>> teacher_weights(const Chunk& chunk, int64_t iteration) {
    std::vector<std::vector<double>> table(teachers_.size());
    for (int64_t batch = chunk.first; batch < chunk.first + chunk.groups; ++batch) {
      const auto seed = run_.stream("teachers", static_cast<uint64_t>(batch));
      const auto weights =
          schedule_.weights({teachers_.size(), batch, iteration, iterations_, vision::make_generator(seed)});
      for (size_t t = 0; t < weights.size(); ++t) table[t].push_back(weights[t]);
    }
    return table;
  }

  /// values: [groups]. One factor for all groups needs no tensor, which on a GPU would be a copy in every step.
  static at::Tensor scaled(const at::Tensor& values, const std::vector<double>& share) {
    if (std::all_of(share.begin(), share.end(), [&](double w) { return w == share[0]; }))
      return share[0] == 1 ? values : values * share[0];
    return values * at::tensor(share, values.options().device(at::kCPU)).to(values.device());
  }

  at::Tensor sum_of_losses(const RecoverStep& step, const std::vector<double>& share) {
    at::Tensor sum = at::zeros({step.groups}, step.canvas.options());
    for (size_t i = 0; i < losses_.size(); ++i) {
      if (losses_[i].weight == 0) continue;
      const auto value = losses_[i].value(step);
      const auto part = scaled(value.detach(), share);
      terms_[i] = terms_[i].defined() ? terms_[i] + part : part;
      sum = sum + losses_[i].weight * value;
    }
    return scaled(sum, share);
  }

  Run& run_;
  const Teachers& teachers_;
  Components<RecoverLoss>& losses_;
  Components<RecoverView>& views_;
  TeacherSchedule& schedule_;
  int64_t iterations_;
  bool taps_ = false;
  std::vector<std::string> names_;
  std::vector<at::Tensor> terms_;
};

}  // namespace retort::recover
