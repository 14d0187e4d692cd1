#pragma once
// One run of a planned graph: starts what can run, follows results through the plan, heals damaged ones, says
// everything as events. What a job computes and where it runs is the runner's business.
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "events/view.h"
#include "plan/plan.h"
#include "sched/job.h"
#include "sched/runner.h"
#include "sched/scheduler.h"
#include "sched/signals.h"
#include "sched/tries.h"
#include "store/leases.h"

namespace retort {

struct ExecutionSettings {
  JobPlace place;
  bool stop_at_failure = false;  ///< instead of going on with what does not hang on it
  Json about = Json::object();   ///< further fields of the event "run"
};

class Execution {
 public:
  Execution(Plan& plan, const Store& store, SourceDigests& sources, Names& names, Slots slots, Runner& runner,
            EventLog& log, View& view, ExecutionSettings settings);

  /// Runs to the end, once. Throws Error(device) before anything starts if a node needs a device that is not here.
  RunState run();
  int signal() const { return signal_; }  ///< number of the signal that ended it, 0 if none did

 private:
  using Clock = std::chrono::steady_clock;

  void begin();
  void end();
  void emit(Json event);
  void show_trouble();
  void show(const Json& event);
  void set_status(size_t node, NodeStatus status, Json more = Json::object());

  void start_all();
  void start(size_t node, const std::string& slot);
  bool is_taken(const Key& key);
  void take_freed_leases();
  void end_lease(const std::string& key);
  class LeaseEnd;
  void handle(const RunnerEvent& event);
  void done(size_t node, const Json& event);
  void failed(size_t node, const Json& event);
  bool is_mended(const std::string& key, bool of_a_parent) const;
  bool heal(size_t consumer, const std::string& key, const std::string& text);
  void wait_for_inputs(size_t node, const std::string& key);
  bool try_again(size_t node, const std::string& key, const std::string& kind, const std::string& text);
  void keep_job(size_t node) const noexcept;
  void fail(size_t node, const std::string& kind, const std::string& text);
  void publish(size_t node, Record record, NodeStatus status, Json more);
  void offer(size_t node);
  void end_followers(const std::string& key, const std::optional<Record>& record, const std::string& kind,
                     const std::string& text);
  void check_limits();
  void check_signals();
  int requests_to_stop();
  bool finished() const;

  Plan& plan_;
  const Store& store_;
  SourceDigests& sources_;
  Names& names_;
  Scheduler scheduler_;
  Runner& runner_;
  EventLog& log_;
  View& view_;
  ExecutionSettings settings_;
  Leases leases_;
  std::map<std::string, Lease> held_;  ///< key in flight → the right to compute it
  RunState state_;
  Signals signals_;
  struct Flight {
    std::string key, key_text;  ///< of the job; the plan may have changed its mind since
    bool outdated = false;      ///< an input was found damaged since it began
  };
  std::map<size_t, Flight> in_flight_;                    ///< by running node
  std::map<std::string, std::vector<size_t>> followers_;  ///< key in flight → nodes that want the same result
  std::set<size_t> waiting_for_lease_;
  std::map<size_t, Clock::time_point> deadline_;
  std::set<size_t> timed_out_;
  Tries tries_;
  std::set<size_t> alone_;                             ///< nodes that may only run with no other
  std::map<size_t, Clock::time_point> next_progress_;  ///< when a node's progress is told again
  Clock::time_point next_save_{}, next_look_{};
  bool cancelling_ = false;
  int signal_ = 0;
};

}  // namespace retort
