#include "sdk/torch/teacher_schedule.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace retort {

std::vector<std::string> TeacherSchedule::broken_properties() {
  for (size_t teachers = 1; teachers < 4; ++teachers) {
    for (int64_t iteration = 0; iteration < 4; ++iteration) {
      auto ask = [&] { return weights({teachers, /*batch=*/1, iteration, 4, at::detail::createCPUGenerator(3)}); };
      const auto first = ask();
      if (first.size() != teachers) return {"the number of weights is not the number of teachers"};
      if (*std::min_element(first.begin(), first.end()) < 0) return {"a weight is negative"};
      if (*std::max_element(first.begin(), first.end()) <= 0) return {"no teacher has a positive weight"};
      if (first != ask()) return {"the same step gave other weights"};
    }
  }
  return {};
}

}  // namespace retort
