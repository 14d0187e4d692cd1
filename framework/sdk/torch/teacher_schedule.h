#pragma once
// The component kind `teacher_schedule`: which of several teachers judge a batch in a step, and how much each counts.
#include <ATen/core/Generator.h>

#include <vector>

#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {

struct TeacherStep {
  size_t teachers = 1;
  int64_t batch = 0;  ///< of the run
  int64_t iteration = 0, iterations = 1;
  at::Generator generator;  ///< of this batch alone: the same draws in each of its steps (CPU)
};

class RETORT_API TeacherSchedule : public Plugin {
 public:
  static constexpr const char* kKind = "teacher_schedule";
  /// One factor a teacher, at least 0, not all 0; a teacher with 0 is not run. Throws Error(user) when the number of
  /// teachers does not fit.
  virtual std::vector<double> weights(const TeacherStep& step) = 0;
  /// One weight a teacher, none negative, some positive, same step same weights.
  std::vector<std::string> broken_properties() override;
};

}  // namespace retort
