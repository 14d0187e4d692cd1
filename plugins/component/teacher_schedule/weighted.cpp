// A committee: some of the teachers, drawn for each batch, weighted by softmax(prior / temperature) (CV-DD: two of
// five, the priors are accuracies of data distilled from each, in percent, at temperature 5).
#include <ATen/ATen.h>

#include "core/error.h"
#include "sdk/torch/teacher_schedule.h"

namespace {

class Weighted final : public retort::TeacherSchedule {
 public:
  void declare(retort::Declare& d) override {
    d.about("A committee drawn for each batch, weighted by priors");
    d.param("priors", priors_, "One number a teacher; empty counts all alike");
    d.param("temperature", temperature_, "Weights are softmax(prior / temperature) over the drawn ones")
        .greater_than(0);
    d.param("draw", draw_, "How many teachers judge a batch; absent: all").at_least(1);
    d.random();
  }

  std::vector<double> weights(const retort::TeacherStep& step) override {
    const auto count = static_cast<int64_t>(step.teachers);
    if (!priors_.empty() && priors_.size() != step.teachers)
      throw retort::Error(retort::ErrorKind::user, "teacher schedule \"weighted\": " + std::to_string(priors_.size()) +
                                                       " priors for " + std::to_string(count) + " teachers");
    if (draw_.value_or(count) > count)
      throw retort::Error(retort::ErrorKind::user, "teacher schedule \"weighted\": \"draw\" is " +
                                                       std::to_string(*draw_) + ", but there are " +
                                                       std::to_string(count) + " teachers");
    const auto real = at::TensorOptions().dtype(at::kDouble);
    const auto priors = priors_.empty() ? at::zeros({count}, real) : at::tensor(priors_, real);
    const auto order = at::randperm(count, step.generator, at::TensorOptions().dtype(at::kLong));
    const auto drawn = order.narrow(0, 0, draw_.value_or(count));
    auto all = at::zeros({count}, real);
    all.index_copy_(0, drawn, at::softmax(priors.index_select(0, drawn) / temperature_, 0));
    return {all.data_ptr<double>(), all.data_ptr<double>() + count};
  }

 private:
  std::vector<double> priors_;
  double temperature_ = 5;
  std::optional<int64_t> draw_;
};

}  // namespace

RETORT_PLUGIN(Weighted, "weighted")
