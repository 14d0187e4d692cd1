#pragma once
// The networks that judge recovered images: read, checked against each other, frozen, and shown a view.
#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "nn/model.h"
#include "recover/teacher_prepare.h"
#include "sdk/component.h"
#include "sdk/torch/recover_loss.h"

namespace retort::recover {

class Teachers {
 public:
  /// Throws Error(user) if one has no head or other classes than the first.
  Teachers(const Input& artifacts, Run& run);

  size_t size() const { return linked_.size(); }
  const nn::Model& first() const { return linked_.front(); }
  const std::vector<std::string>& classes() const { return first().classes(); }
  /// The space recovered images live in.
  const Normalization& normalization() const { return first().normalization(); }
  const at::Device& device() const { return device_; }

  /// Gives each teacher's copy for one batch to the components; without components nothing happens.
  void prepare(Components<TeacherPrepare>& components, const PrepareStep& step);

  /// Shows `view` to one teacher and `visit`s what it saw; the caller fills in the rest of the step.
  void look(size_t teacher, const at::Tensor& view, int64_t groups, bool batch_norms, RecoverStep step,
            const std::function<void(const RecoverStep&)>& visit) const;

  /// Whether the network of this teacher has BatchNorm layers.
  bool has_batch_norm(size_t teacher) const;

 private:
  void check(const nn::Model& model) const;
  /// From the first teacher's constants to this one's.
  at::Tensor convert(size_t teacher, const at::Tensor& view) const;

  at::Device device_;
  std::vector<nn::Model> linked_, frozen_;
};

}  // namespace retort::recover
