#pragma once
// A ProcessRunner that is made with the first job: a run that has nothing to do needs none.
#include <memory>

#include "catalog/catalog.h"
#include "sched/process_runner.h"

namespace retort {

class LazyRunner final : public Runner {
 public:
  /// The catalog must outlive this.
  explicit LazyRunner(const Catalog& catalog) : catalog_(catalog) {}

  void start(Assignment assignment) override { real().start(std::move(assignment)); }
  std::vector<RunnerEvent> wait(int milliseconds, int wake) override { return real().wait(milliseconds, wake); }
  void cancel() override { real().cancel(); }
  void kill(size_t task) override { real().kill(task); }
  void drop_idle() override { real().drop_idle(); }

 private:
  ProcessRunner& real();

  const Catalog& catalog_;
  std::unique_ptr<ProcessRunner> runner_;
};

}  // namespace retort
