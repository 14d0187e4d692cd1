#pragma once
// The run's event log: one JSON object a line, appended by one process, read by anyone at any time. Everything shown
// about a run, live or later, is a fold over it (run_state.h). Kinds and fields in framework/README.md, *Events*.
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/plugin_spec.h"
#include "events/run_folder.h"

namespace retort {

class EventLog {
 public:
  /// Appends to `file`, with a lock on it that tells others the run goes on; an empty path keeps events in memory only.
  /// Throws Error(store) if it cannot be opened.
  explicit EventLog(const std::filesystem::path& file);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Adds "v" (format), "seq" (from 1) and "t" (seconds since 1970), writes the line at once, with its checksum, and
  /// returns the event. A disk that takes no more costs lines of the log, never the run: see trouble().
  Json write(Json event);

  /// Seconds since 1970, by the clock as it was when the log was opened: setting it meanwhile moves no event.
  double now() const;

  /// What was said by the system when a line could not be written, once; empty if nothing is new.
  std::string trouble();

 private:
  void put(const std::string& line);

  std::filesystem::path path_;
  double began_at_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  int file_ = -1;
  int64_t sequence_ = 0;
  bool torn_ = false;  ///< the last line is there in part: the next begins on a line of its own
  bool told_ = false;  ///< trouble() gave its text out
  std::string trouble_;
};

/// Whether a process holds this log open to write: its run goes on. Where locks do not work the answer is yes.
bool has_writer(const std::filesystem::path& file);

/// One line of the log, with its end: the event and, as its last field, "sum", the first 16 digits of the SHA-256 of
/// what stands before it.
std::string event_line(const Json& event);

/// All events of a log, or those from byte `from` on, which then becomes where to go on, one after the other: the log
/// is never in memory. Each field that framework/README.md, *Events*, names has the type it says, each key is one. A
/// last line that is cut off is left for later; lines that are damaged or no event are left out. `problems`, if given,
/// says what was left out: "…/events.jsonl: line 7 is damaged", "lines 8 to 9 are missing", "the last line is cut off".
/// Throws Error(store) for a log of a newer format, CannotRead if it cannot be read.
void each_event(const std::filesystem::path& file, const std::function<void(Json&&)>& visit, size_t* from = nullptr,
                std::vector<std::string>* problems = nullptr);
/// The same in a list; `nodes` are joined with the `run` they belong to.
std::vector<Json> read_events(const std::filesystem::path& file, size_t* from = nullptr,
                              std::vector<std::string>* problems = nullptr);

}  // namespace retort
