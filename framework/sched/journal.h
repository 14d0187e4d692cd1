#pragma once
// What a run says about itself. Every event goes to its log, to the fold over the log, and to the view.
#include <string>

#include "events/event_log.h"
#include "events/view.h"

namespace retort {

class Journal {
 public:
  Journal(EventLog& log, View& view) : log_(log), view_(view) {}

  /// A part of what the run begins with. The view hears of it with begun(), when all nodes are known.
  void list(Json event) { state_.apply(log_.write(std::move(event))); }
  void begun();
  void emit(Json event);
  /// Event "node"; `more` are further fields of it.
  void set_status(const std::string& node, NodeStatus status, Json more = Json::object());

  const RunState& state() const { return state_; }
  RunState take_state() { return std::move(state_); }
  double now() const { return log_.now(); }
  void tick() { view_.tick(state_, log_.now()); }
  void finish() { view_.finish(state_); }

 private:
  void show(const Json& event);
  void show_trouble();

  EventLog& log_;
  View& view_;
  RunState state_;
};

}  // namespace retort
