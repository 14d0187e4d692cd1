#pragma once
// How a run is shown while it goes on.
#include <iosfwd>
#include <memory>

#include "events/run_state.h"

namespace retort {

class View {
 public:
  virtual ~View() = default;
  /// After each event, with the state it led to.
  virtual void event(const RunState& state, const Json& event) = 0;
  /// Some ten times a second.
  virtual void tick(const RunState& state, double now) = 0;
  /// The run is over: whatever was drawn live is cleared.
  virtual void finish(const RunState& state) = 0;
};

/// One plain line each change of state, and one a minute while nothing changes.
std::unique_ptr<View> plain_view(std::ostream& out);
/// At most six lines, redrawn: for terminals. `out` takes escape sequences as they are. What ends (failures, warnings)
/// scrolls above them.
std::unique_ptr<View> live_view(std::ostream& out, int columns);

/// The line for one event; empty for events that change no state.
std::string plain_line(const RunState& state, const Json& event);
/// What the live view draws.
std::vector<std::string> live_lines(const RunState& state, double now);
/// "0.4 s", "12 s", "3 min 05 s", "2 h 10 min".
std::string duration_text(double seconds);

}  // namespace retort
