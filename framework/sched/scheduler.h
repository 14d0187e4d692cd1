#pragma once
// Which node runs next, and where. Pure logic: events in (can run, ended, failed), decisions out; no processes, no
// time.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sched/slots.h"

namespace retort {

class Scheduler {
 public:
  struct Task {
    std::vector<size_t> consumers;  ///< tasks that take its results; always later in the list
    std::optional<double> seconds;  ///< predicted; unknown ones count as the mean of the known
    std::string device = "cpu";
    size_t threads = 1;
  };
  struct Start {
    size_t task;
    std::string slot;
  };

  Scheduler(std::vector<Task> tasks, Slots slots);

  /// Its inputs are there: it waits for a slot from now on; if `alone`, until nothing else runs, which holds up nobody.
  void can_run(size_t task, bool alone = false);
  void withdraw(size_t task);  ///< it cannot run after all (an input was lost); no effect while it runs

  /// Tasks to start now, the one with the longest path to the end first. Each is running from here on. Where the first
  /// in line does not fit, later ones of its device class wait too, so that it is not overtaken for ever.
  std::vector<Start> start_now();

  void ended(size_t task);     ///< it ran: its slot is free
  void put_back(size_t task);  ///< it did not run after all: its slot is free and it is out of line until can_run
  /// It failed: its slot, if it had one, is free. Returns what can never run now: all that hangs on it, each once.
  std::vector<size_t> failed(size_t task);

  bool is_running(size_t task) const { return !slot_[task].empty(); }
  size_t running() const { return running_; }
  bool idle() const { return running_ == 0 && ready_.empty(); }
  const Slots& slots() const { return slots_; }
  double rank(size_t task) const { return rank_[task]; }  ///< predicted seconds from its start to the end

 private:
  std::optional<Start> start_alone();
  void free_slot(size_t task);
  std::vector<Task> tasks_;
  Slots slots_;
  std::vector<double> rank_;
  std::vector<std::string> slot_;  ///< of a running task
  std::vector<bool> dead_;
  std::set<std::pair<double, size_t>> ready_;  ///< (-rank, task)
  std::set<size_t> alone_;                     ///< of the ready ones: those that run with no other
  std::optional<size_t> only_;                 ///< the running one that runs with no other
  size_t running_ = 0;
};

}  // namespace retort
