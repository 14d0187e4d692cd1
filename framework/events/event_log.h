#pragma once
// The run's event log: one JSON object a line, appended by one process, read by anyone at any time. Everything shown
// about a run, live or later, is a fold over it (run_state.h). Kinds and fields in framework/README.md, *Events*.
#include <filesystem>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

class EventLog {
 public:
  /// Appends to `file`; an empty path keeps events in memory only. Throws Error(store) if it cannot be opened.
  explicit EventLog(const std::filesystem::path& file);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Adds "v" (format), "seq" (from 1) and "t" (seconds since 1970), writes the line at once and returns the event.
  Json write(Json event);

 private:
  int file_ = -1;
  int64_t sequence_ = 0;
};

/// All events of a log, or those from byte `from` on, which then becomes where to go on. A last line that is cut off is
/// left for later. Throws Error(store) for a log of a newer format, Error(data) if it cannot be read.
std::vector<Json> read_events(const std::filesystem::path& file, size_t* from = nullptr);

}  // namespace retort
