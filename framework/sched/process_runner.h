#pragma once
// Runs jobs in worker processes on this machine: one each slot, kept alive and used again, replaced when it dies,
// when a failure may be its own fault (failure.h), or when it has loaded code that is older than a job's.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sched/runner.h"

namespace retort {

class ProcessRunner final : public Runner {
 public:
  /// `worker`: the retort-worker program; `plugins`: planned_plugins.
  ProcessRunner(std::filesystem::path worker, const Json& plugins);
  ~ProcessRunner() override;  ///< ends all workers

  void start(Assignment assignment) override;
  std::vector<RunnerEvent> wait(int milliseconds, int wake) override;
  void cancel() override;
  void kill(size_t task) override;
  void drop_idle() override;

  /// `retort-worker` beside the running program. Throws Error(plugin) if it is not there.
  static std::filesystem::path beside_this_program();

 private:
  struct Worker;
  using Events = std::vector<RunnerEvent>;
  /// A job whose libraries were not those it names: tried again in a fresh process at `when`.
  struct Postponed {
    Assignment assignment;
    int stale;            ///< workers that it found too old
    std::string library;  ///< that the last of them had in another state than was planned with
    std::chrono::steady_clock::time_point when;
  };
  Worker& idle_worker(const Assignment& assignment);
  bool read(Worker& worker, Events& events);  ///< whether there may be more to read
  void handle(Worker& worker, std::string_view line, Events& events);
  void stale(Worker& worker, const std::string& library, Events& events);
  void bury(Worker& worker, Events& events);
  void replace_stale(Postponed one, Events& events);
  void give_fresh(Postponed one);
  int take_up_postponed(int at_most);
  void give(Worker& worker, Assignment assignment);

  std::filesystem::path program_;
  std::string greeting_;  ///< what every worker is told first
  long oom_kills_;        ///< of the kernel, when last looked at
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Postponed> postponed_;
  Events late_;  ///< to be told by the next wait
};

}  // namespace retort
