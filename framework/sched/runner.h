#pragma once
// The seam between deciding and doing: runs jobs somewhere and tells what became of them. Processes on this machine are
// one implementation (process_runner.h).
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/plugin_spec.h"

namespace retort {

/// A job, and where it runs.
struct Assignment {
  size_t task;
  Json job;                     ///< job.h
  std::string slot;             ///< "cpu", "cuda:0"
  std::string visible_devices;  ///< what CUDA_VISIBLE_DEVICES must be
  int lease =
      -1;  ///< descriptor of the job's lease, kept open by who assigns it until the job is over; -1: it has none
};

struct JobProgress {
  int64_t done = 0, total = 0;
};
/// What a node said for the log of the run: a metric, a warning.
struct JobNote {
  Json event;
};
struct JobDone {
  double seconds = 0;
  Json outputs;  ///< of a job without lease, which stores nothing: {PORT: {"meta", "files": {NAME: SHA-256}}}
};
struct JobFailed {
  ErrorKind kind = ErrorKind::internal;
  std::string text;
  std::string damaged = {};  ///< key of an input that is not as it was stored; empty if that was not the reason
  bool worker_died = false;  ///< instead of telling
};

struct RunnerEvent {
  size_t task;
  std::variant<JobProgress, JobNote, JobDone, JobFailed> what;
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Exactly one of JobDone and JobFailed will be reported for it. Throws Error(plugin) if no worker can be started at
  /// all.
  virtual void start(Assignment assignment) = 0;
  /// Waits up to so many milliseconds for events, or until `wake` (a file descriptor, -1: none) is readable.
  virtual std::vector<RunnerEvent> wait(int milliseconds, int wake) = 0;
  virtual void cancel() = 0;           ///< all jobs are asked to stop at their next step
  virtual void kill(size_t task) = 0;  ///< at once; reported as failed
  virtual void drop_idle() = 0;        ///< processes without a job give their memory back
};

}  // namespace retort
