#pragma once
// The seam between deciding and doing: runs jobs somewhere and tells what became of them. Processes on this machine are
// one implementation (process_runner.h).
#include <string>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

struct RunnerEvent {
  size_t task;
  Json event;  ///< of the worker protocol: started, progress, metric, warn, done, failed (`died`: its worker did)
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Starts the job of this task on the slot; `visible_devices` is what CUDA_VISIBLE_DEVICES must be, `lease` the
  /// descriptor of the job's lease (-1: it has none), which the worker gets a copy of and the caller keeps until the
  /// job is over. Exactly one of done and failed will be reported for it. Throws Error(plugin) if no worker can be
  /// started at all.
  virtual void start(size_t task, Json job, const std::string& slot, const std::string& visible_devices, int lease) = 0;
  /// Waits up to so many milliseconds for events, or until `wake` (a file descriptor, -1: none) is readable.
  virtual std::vector<RunnerEvent> wait(int milliseconds, int wake) = 0;
  virtual void cancel() = 0;           ///< all jobs are asked to stop at their next step
  virtual void kill(size_t task) = 0;  ///< at once; reported as failed
  virtual void drop_idle() = 0;        ///< processes without a job give their memory back
};

}  // namespace retort
