#pragma once
// What command, scheduler, worker and server say about their own work: for whoever looks for the reason of something.
// What a user asked for is no log: results go to output, events of a run into its event log.
//
// Warnings and errors go to error output, what is at least `info` into log.txt of the run's folder. `--verbose` shows
// all from `debug` on; RETORT_LOG=LEVEL[,PART=LEVEL…] says exactly what is shown and kept ("debug", "scheduler=trace").
#include <filesystem>
#include <functional>
#include <string>

namespace retort {

enum class LogLevel { trace, debug, info, warning, error, off };

const char* name_of(LogLevel level);
LogLevel log_level(const std::string& name);  ///< inverse; off for an unknown name

/// Reads RETORT_LOG. Throws Error(user), naming the nearest, for what is no level or no part. Before it, and in
/// programs that never call it, nothing is logged.
void start_log();

/// `--verbose`: as if RETORT_LOG were "debug", unless it says otherwise.
void log_verbosely();
/// What RETORT_LOG of a process has to be that shall log the same; empty: nothing was asked for.
const std::string& log_asked();
/// Whether more than warnings are shown: then no line may be redrawn.
bool log_is_shown();

/// From now on also into `file`, which is cut into pieces of a mebibyte, of which the last four are kept. A disk that
/// takes no more costs lines, never the run.
void log_into(const std::filesystem::path& file);

/// From now on to `take` instead of error output: a worker's lines go to its coordinator.
using LogTaker = std::function<void(LogLevel, const std::string& part, const std::string& text)>;
void log_through(LogTaker take);

/// Parts: command, store, plugins, plan, scheduler, worker, server, data, notify.
void log(LogLevel level, const char* part, const std::string& text);
/// Whether such a line would go anywhere: for texts that cost something to make.
bool logs(LogLevel level, const char* part);

inline constexpr const char* kLogVariable = "RETORT_LOG";
inline constexpr const char* kLogFile = "log.txt";  ///< in runs/<id>/; logs of nodes end with .log

}  // namespace retort
