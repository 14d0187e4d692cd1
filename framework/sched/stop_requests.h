#pragma once
// Who asks a run to stop: Ctrl-C and its like, and `retort cancel` from any machine that sees the store.
#include <chrono>
#include <filesystem>

#include "sched/signals.h"

namespace retort {

class StopRequests {
 public:
  /// Takes the signals of this process; one object at a time. `run_folder` may be empty: then nobody else can ask.
  explicit StopRequests(std::filesystem::path run_folder) : run_folder_(std::move(run_folder)) {}

  int descriptor() const { return signals_.descriptor(); }  ///< readable when a signal came
  /// How often it was asked for: once, nodes shall stop at their next step; twice or more, they are ended.
  int count();
  /// Number of the signal that asked first; 0 if none did.
  int signal() const { return signals_.first(); }

 private:
  int from_elsewhere();

  std::filesystem::path run_folder_;
  Signals signals_;
  std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace retort
