#pragma once
// Runs jobs in worker processes on this machine: one each slot, kept alive and used again, replaced when it dies or
// when it has loaded code that is older than a job's.
#include <filesystem>
#include <memory>
#include <vector>

#include "sched/runner.h"

namespace retort {

class ProcessRunner final : public Runner {
 public:
  /// `worker`: the retort-worker program.
  explicit ProcessRunner(std::filesystem::path worker);
  ~ProcessRunner() override;  ///< ends all workers

  void start(size_t task, const Json& job, const std::string& slot, const std::string& visible_devices) override;
  std::vector<RunnerEvent> wait(int milliseconds, int wake) override;
  void cancel() override;
  void kill(size_t task) override;

  /// `retort-worker` beside the running program. Throws Error(plugin) if it is not there.
  static std::filesystem::path beside_this_program();

 private:
  struct Worker;
  Worker& idle_worker(const std::string& slot, const std::string& visible_devices, int threads);
  void read(Worker& worker, std::vector<RunnerEvent>& events);
  void handle(Worker& worker, Json event, std::vector<RunnerEvent>& events);
  void bury(Worker& worker, std::vector<RunnerEvent>& events);
  void give(Worker& worker, size_t task, const Json& job);

  std::filesystem::path program_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace retort
