// One teacher judges every batch.
#include "core/error.h"
#include "sdk/torch/teacher_schedule.h"

namespace {

class One final : public retort::TeacherSchedule {
 public:
  void declare(retort::Declare& d) override {
    d.about("One teacher for all");
    d.param("index", index_, "Which of the linked teachers, from 0").at_least(0);
  }

  std::vector<double> weights(const retort::TeacherStep& step) override {
    if (index_ >= static_cast<int64_t>(step.teachers))
      throw retort::Error(retort::ErrorKind::user, "teacher schedule \"one\": there is no teacher " +
                                                       std::to_string(index_) + " of " + std::to_string(step.teachers));
    std::vector<double> weights(step.teachers, 0.0);
    weights[static_cast<size_t>(index_)] = 1;
    return weights;
  }

 private:
  int64_t index_ = 0;
};

}  // namespace

RETORT_PLUGIN(One, "one")
