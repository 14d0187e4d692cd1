#pragma once
// One run of a planned graph: starts what can run, follows results through the plan, heals damaged ones, says
// everything as events. What a job computes and where it runs is the runner's business.
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "sched/job.h"
#include "sched/journal.h"
#include "sched/runner.h"
#include "sched/scheduler.h"
#include "sched/stop_requests.h"
#include "sched/tries.h"
#include "store/leases.h"

namespace retort {

/// What is run: a plan of a graph, with what it was made from and where its results go.
struct PlannedGraph {
  Plan& plan;
  const Store& store;
  SourceDigests& sources;
  Names& names;
};

struct ExecutionSettings {
  JobPlace place;
  bool stop_at_failure = false;  ///< instead of going on with what does not hang on it
  Json about = Json::object();   ///< further fields of the event "run"
};

class Execution {
 public:
  Execution(PlannedGraph graph, Slots slots, Runner& runner, Journal& journal, ExecutionSettings settings);

  /// Runs to the end, once. Throws Error(device) before anything starts if a node needs a device that is not here.
  RunState run();
  int signal() const { return signal_; }  ///< number of the signal that ended it, 0 if none did

 private:
  using Clock = std::chrono::steady_clock;

  /// A node whose job a worker has.
  struct Flight {
    std::string key, key_text;  ///< of the job; the plan may have changed its mind since
    Lease lease;                ///< the right to compute the key
    std::optional<Clock::time_point> deadline = {};
    bool timed_out = false;
    bool outdated = false;              ///< an input was found damaged since it began
    Clock::time_point next_progress{};  ///< when its progress is told again
  };

  void begin();
  void end();
  const std::string& name_of_node(size_t node) const { return plan_.graph().nodes[node].name; }
  void set_status(size_t node, NodeStatus status, Json more = Json::object());

  void start_all();
  void start(size_t node, const std::string& slot);
  bool follow(size_t node, const std::string& key);
  void assign(size_t node, const std::string& slot, Lease lease);
  bool is_taken(const Key& key);
  void take_freed_leases();
  Flight land(size_t node);
  void handle(RunnerEvent event);
  void progress(size_t node, const JobProgress& progress);
  void done(size_t node, double seconds);
  void failed(size_t node, JobFailed failure);
  bool is_mended(const std::string& key, bool of_a_parent) const;
  bool heal(size_t consumer, const std::string& key, const std::string& text);
  void wait_for_inputs(size_t node, const std::string& key);
  bool try_again(size_t node, const std::string& key, const JobFailed& failure);
  void keep_job(size_t node) const noexcept;
  void fail(size_t node, ErrorKind kind, const std::string& text);
  void publish(size_t node, Record record, NodeStatus status, Json more);
  void offer(size_t node);
  std::vector<size_t> take_followers(const std::string& key);
  void check_limits();
  void check_signals();
  void cancel();
  bool finished() const;

  Plan& plan_;
  const Store& store_;
  SourceDigests& sources_;
  Names& names_;
  Scheduler scheduler_;
  Runner& runner_;
  Journal& journal_;
  ExecutionSettings settings_;
  Leases leases_;
  StopRequests stop_;
  std::map<size_t, Flight> in_flight_;
  std::map<std::string, std::vector<size_t>> followers_;  ///< key in flight → nodes that want the same result
  std::set<size_t> waiting_for_lease_;
  Tries tries_;
  std::set<size_t> alone_;  ///< nodes that may only run with no other
  Clock::time_point next_save_{};
  bool cancelling_ = false;
  int signal_ = 0;
};

}  // namespace retort
