#include "sched/lazy_runner.h"

#include "sched/job.h"

namespace retort {

ProcessRunner& LazyRunner::real() {
  if (!runner_)
    runner_ = std::make_unique<ProcessRunner>(ProcessRunner::beside_this_program(), planned_plugins(catalog_));
  return *runner_;
}

}  // namespace retort
