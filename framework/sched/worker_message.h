#pragma once
// What a worker says, one line each (framework/README.md, *Worker*), as types.
#include <string>
#include <string_view>
#include <variant>

#include "log/log.h"
#include "sched/runner.h"

namespace retort {

struct WorkerLog {
  LogLevel level;
  std::string text;
};
/// The job's node runs; before that its libraries and inputs are opened.
struct JobStarted {};
/// The worker has other code of this library in memory than the job names.
struct JobStale {
  std::string library;
};

/// Nothing (monostate): a word that asks for nothing ("ready"), or a line that is none of the protocol.
using WorkerMessage =
    std::variant<std::monostate, WorkerLog, JobStarted, JobStale, JobProgress, JobNote, JobDone, JobFailed>;

WorkerMessage worker_message(std::string_view line);

}  // namespace retort
