// All teachers in every iteration, the mean of their objectives.
#include "sdk/torch/teacher_schedule.h"

namespace {

class Together final : public retort::TeacherSchedule {
 public:
  void declare(retort::Declare& d) override { d.about("All teachers at once, equally"); }

  std::vector<double> weights(const retort::TeacherStep& step) override {
    return std::vector<double>(step.teachers, 1.0 / static_cast<double>(step.teachers));
  }
};

}  // namespace

RETORT_PLUGIN(Together, "together")
