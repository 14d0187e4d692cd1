#include "sched/journal.h"

namespace retort {

void Journal::begun() {
  view_.event(state_, {{"ev", "run"}, {"t", state_.last}});
  show_trouble();
}

void Journal::emit(Json event) {
  show(log_.write(std::move(event)));
  show_trouble();
}

void Journal::set_status(const std::string& node, NodeStatus status, Json more) {
  more["ev"] = "node";
  more["node"] = node;
  more["status"] = name_of(status);
  emit(std::move(more));
}

void Journal::show(const Json& event) {
  state_.apply(event);
  view_.event(state_, event);
}

/// What could not be written is shown all the same.
void Journal::show_trouble() {
  if (const std::string trouble = log_.trouble(); !trouble.empty()) show({{"ev", "warn"}, {"text", trouble}});
}

}  // namespace retort
