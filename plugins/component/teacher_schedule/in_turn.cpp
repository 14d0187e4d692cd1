// One teacher an iteration, round robin (G-VBSM, EDC, FADRM+).
#include "sdk/torch/teacher_schedule.h"

namespace {

class InTurn final : public retort::TeacherSchedule {
 public:
  void declare(retort::Declare& d) override { d.about("One teacher an iteration, in turn"); }

  std::vector<double> weights(const retort::TeacherStep& step) override {
    std::vector<double> weights(step.teachers, 0.0);
    // The counter runs on over the batches, as in G-VBSM.
    weights[static_cast<size_t>(step.batch * step.iterations + step.iteration) % step.teachers] = 1;
    return weights;
  }
};

}  // namespace

RETORT_PLUGIN(InTurn, "in_turn")
