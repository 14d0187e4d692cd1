#pragma once
// What `recover` lowers: the view of each batch, shown to the teachers whose turn it is, and the weighted sum of the
// losses.
#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "balance.h"
#include "batches.h"
#include "sdk/component.h"
#include "sdk/torch/recover_view.h"
#include "sdk/torch/teacher_schedule.h"
#include "teachers.h"

namespace retort::recover {

class Objective {
 public:
  /// Throws Error(user) if a loss reads BatchNorm statistics of a teacher that has none, names a teacher that is not
  /// there, or is balanced and cannot be.
  Objective(Run& run, const Teachers& teachers, Components<RecoverLoss>& losses, Components<RecoverView>& views,
            TeacherSchedule& schedule, int64_t iterations, std::optional<Balance> balance = {});

  /// One value a group: [groups]; its gradient is in canvas.grad then. canvas: [G·B,C,H,W], a leaf on the teachers'
  /// device; labels there too.
  at::Tensor descend(const at::Tensor& canvas, const at::Tensor& labels, const Chunk& chunk, int64_t iteration);

  /// Names of the losses, and what each gave in the last step before its weight: [groups], no gradient. With a balance
  /// the last one is the weight that the second of its terms had.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<at::Tensor>& terms() const { return terms_; }
  size_t losses() const { return losses_.size(); }

  /// What is wrong with the strengths of the terms in the last step, the first of a run; empty if nothing is.
  std::string doubt_at_start() const;

  /// The same of the end. `last`: what each loss gave then, mean over batches.
  std::string doubt_at_end(const std::vector<double>& last, const std::string& settings) const;

  /// Losses that no step came to, because the teachers they list were never asked. Nothing of a resumed run that had
  /// no step left.
  std::vector<std::string> never_evaluated() const;

  /// Lets losses look at the teachers before the first step.
  void start(int64_t batches, int64_t image_size);

 private:
  std::string unused_name(const std::string& type) const;

  /// A batch's view depends on the batch and the iteration, not on how many batches run at once.
  at::Tensor view_of(const at::Tensor& canvas, const Chunk& chunk, int64_t iteration);

  /// For each teacher its factor in each group.
  std::vector<std::vector<double>> teacher_weights(const Chunk& chunk, int64_t iteration);

  /// values: [groups]. One factor for all groups needs no tensor, which on a GPU would be a copy in every step.
  static at::Tensor scaled(const at::Tensor& values, const std::vector<double>& share);

  /// For each loss and group, by what its values are divided: the shares of the teachers it lists; 1 without a list.
  std::vector<std::vector<double>> shares_listed(const std::vector<std::vector<double>>& weights);

  struct Step {
    const std::vector<std::vector<double>>& weights;  ///< [teacher][group]
    const std::vector<std::vector<double>>& listed;   ///< [loss][group]
  };

  BalancedParts value(const at::Tensor& canvas, const at::Tensor& labels, const Chunk& chunk, int64_t iteration);

  /// Adds what this teacher's losses give to the parts of the objective.
  void add(const RecoverStep& step, const Step& shares, BalancedParts& parts);

  static void put(at::Tensor& sum, const at::Tensor& part) { sum = sum.defined() ? sum + part : part; }

  static std::vector<double> divided(std::vector<double> share, const std::vector<double>& by);

  bool is_judged(size_t teacher) const;

  /// Whether a loss reads the BatchNorm statistics of this teacher.
  bool taps(size_t teacher) const;

  bool is_cross_entropy(size_t i) const { return losses_[i].origin().value("type", "") == "cross_entropy"; }
  std::string place_of(size_t i) const { return "losses[" + std::to_string(i) + "] (" + names_[i] + ")"; }

  void check_teachers(const RecoverLoss& loss) const;

  std::string nothing_applies(int64_t iteration) const;

  Run& run_;
  const Teachers& teachers_;
  Components<RecoverLoss>& losses_;
  Components<RecoverView>& views_;
  TeacherSchedule& schedule_;
  int64_t iterations_;
  std::optional<Balance> balance_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> terms_;
  std::vector<bool> evaluated_;
};

}  // namespace retort::recover
