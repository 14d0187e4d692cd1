#include "sched/execution.h"

#include <algorithm>
#include <csignal>

#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "log/log.h"
#include "plan/why.h"
#include "sched/failure.h"
#include "sched/opening.h"

namespace retort {
namespace {

constexpr int kTick = 100;                                   // milliseconds
constexpr auto kSaveInterval = std::chrono::seconds(5);      // of what only explanations need
constexpr auto kProgressInterval = std::chrono::seconds(1);  // of one node: the log and every view have the same

/// What a result carries, of this try, of one it went on from, of the run that computed it.
void add_warnings(const Record& record, Json& event) {
  if (auto warnings = warnings_of(record); !warnings.empty()) event["warnings"] = std::move(warnings);
}

/// Ends a lease with the scope: until the log cites a result, its lease is all that keeps it from being collected.
class LeaseEnd {
 public:
  explicit LeaseEnd(Lease& lease) : lease_(lease) {}
  ~LeaseEnd() { lease_.release(); }
  LeaseEnd(const LeaseEnd&) = delete;
  LeaseEnd& operator=(const LeaseEnd&) = delete;

 private:
  Lease& lease_;
};

}  // namespace

Execution::Execution(PlannedGraph graph, Slots slots, Runner& runner, Journal& journal, ExecutionSettings settings)
    : plan_(graph.plan),
      store_(graph.store),
      sources_(graph.sources),
      names_(graph.names),
      scheduler_(tasks_of(graph.plan), std::move(slots)),
      runner_(runner),
      journal_(journal),
      settings_(std::move(settings)),
      leases_(graph.store),
      stop_(settings_.place.run_folder) {}

void Execution::set_status(size_t node, NodeStatus status, Json more) {
  journal_.set_status(name_of_node(node), status, std::move(more));
}

/// Says what the run begins with, and puts in line what can run.
void Execution::begin() {
  check_devices(plan_, scheduler_.slots());
  log(LogLevel::info, "scheduler",
      "run " + settings_.place.run + ": " + std::to_string(plan_.size()) + " nodes, " +
          std::to_string(scheduler_.slots().total(false)) + " slots");
  const Graph& graph = plan_.graph();
  Json event = {{"ev", "run"},
                {"run", settings_.place.run},
                {"graph", text_of(graph.file)},
                {"title", graph.title},
                {"slots", scheduler_.slots().total(false)}};
  event.update(settings_.about);
  list_nodes(plan_, sources_, std::move(event), [&](Json one) { journal_.list(std::move(one)); });
  journal_.begun();
  for (size_t i = 0; i < plan_.size(); ++i) {
    if (plan_.at(i).state == PlanState::hit) names_.remember(graph.nodes[i].name, plan_.at(i).key);
    offer(i);
  }
}

RunState Execution::run() {
  begin();
  while (!finished()) {
    take_freed_leases();
    start_all();
    for (auto& event : runner_.wait(kTick, stop_.descriptor())) handle(std::move(event));
    check_limits();
    check_signals();
    journal_.tick();
  }
  end();
  return journal_.take_state();
}

bool Execution::finished() const {
  if (cancelling_) return in_flight_.empty();
  return in_flight_.empty() && scheduler_.idle() && waiting_for_lease_.empty();
}

void Execution::end() {
  for (size_t i = 0; i < plan_.size(); ++i) {
    const NodeStatus status = journal_.state().nodes[i].status;
    if (status == NodeStatus::waiting || status == NodeStatus::running)
      set_status(i, NodeStatus::cancelled, {{"reason", "the run was stopped"}});
  }
  names_.save();
  plan_.save_recipes();
  sources_.save();
  log(LogLevel::info, "scheduler",
      "run " + settings_.place.run + " ends after " + duration_text(journal_.now() - journal_.state().started));
  const bool bad = journal_.state().count(NodeStatus::failed) + journal_.state().count(NodeStatus::skipped) > 0;
  journal_.emit({{"ev", "end"}, {"status", cancelling_ ? "cancelled" : bad ? "failed" : "done"}});
  journal_.finish();
}

/// Puts a node whose inputs are there in line; fails one that turned out to be impossible.
void Execution::offer(size_t node) {
  if (plan_.at(node).state != PlanState::run || scheduler_.is_running(node)) return;
  if (!plan_.at(node).problem.empty()) return fail(node, ErrorKind::data, plan_.at(node).problem);
  scheduler_.can_run(node, alone_.count(node) > 0);
}

void Execution::start_all() {
  if (cancelling_) return;
  // A start may free its slot again (an equal job runs, another run has the key): then there is room for the next.
  for (auto starts = scheduler_.start_now(); !starts.empty(); starts = scheduler_.start_now())
    for (const auto& [node, slot] : starts) start(node, slot);
}

void Execution::start(size_t node, const std::string& slot) {
  const std::string key = plan_.at(node).key;
  if (follow(node, key)) return;
  std::optional<Record> record;
  std::optional<Lease> lease;
  bool is_there = false;
  try {
    lease = leases_.try_take(key, &record);
    is_there = lease && record && !plan_.graph().nodes[node].manifest->spec.uncached && store_.missing(*record).empty();
  } catch (const Error& error) {  // what the store has of it cannot be read: the other nodes go on
    scheduler_.ended(node);
    return fail(node, error.kind(), error.what());
  }
  if (!lease) {
    log(LogLevel::info, "scheduler", "another run holds the lease of " + key + " (" + name_of_node(node) + ")");
    scheduler_.put_back(node);
    waiting_for_lease_.insert(node);
    return set_status(node, NodeStatus::waiting, {{"reason", "another run computes this result"}});
  }
  if (is_there) {
    const LeaseEnd end(*lease);
    scheduler_.ended(node);
    return publish(node, std::move(*record), NodeStatus::hit, {{"reason", "another run computed it"}});
  }
  assign(node, slot, std::move(*lease));
}

/// A node whose result is being computed under another name waits for that one.
bool Execution::follow(size_t node, const std::string& key) {
  for (const auto& [other, flight] : in_flight_) {
    if (flight.key != key) continue;
    scheduler_.put_back(node);
    followers_[key].push_back(node);
    set_status(node, NodeStatus::waiting, {{"reason", "the same result as " + name_of_node(other)}});
    return true;
  }
  return false;
}

void Execution::assign(size_t node, const std::string& slot, Lease lease) {
  const std::string key = plan_.at(node).key;
  if (alone_.count(node) > 0) runner_.drop_idle();
  Assignment assignment{node, make_job(plan_, node, store_, settings_.place), slot,
                        scheduler_.slots().visible_devices(slot), lease.descriptor()};
  Json& job = assignment.job;
  job["attempt"] = tries_.begin(key);
  job["lease"] = lease.ticket();
  job["visible_devices"] = assignment.visible_devices;
  if (const std::string card = scheduler_.slots().card_name(slot); !card.empty()) job["card"] = card;
  Flight flight{key, plan_.at(node).key_text, std::move(lease)};
  if (const auto limit = plan_.graph().nodes[node].timeout)
    flight.deadline = Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(1000 * *limit));
  in_flight_.insert_or_assign(node, std::move(flight));
  set_status(node, NodeStatus::running,
             {{"slot", slot}, {"key", key}, {"reason", reasons_text(plan_, node, sources_)}});
  log(LogLevel::debug, "scheduler", name_of_node(node) + " on " + slot + ", key " + key);
  runner_.start(std::move(assignment));
}

/// The job of the node is over: what it was. Its lease is still held.
Execution::Flight Execution::land(size_t node) {
  Flight flight = std::move(in_flight_.at(node));
  in_flight_.erase(node);
  return flight;
}

/// Where that cannot be told now, it is asked again.
bool Execution::is_taken(const Key& key) {
  try {
    return leases_.is_taken(key);
  } catch (const CannotRead&) {
    return true;
  }
}

void Execution::take_freed_leases() {
  for (const size_t node : std::exchange(waiting_for_lease_, {})) {
    if (plan_.at(node).state != PlanState::run) continue;  // an input is computed again: it is offered after that
    if (is_taken(plan_.at(node).key)) {
      waiting_for_lease_.insert(node);
    } else {
      offer(node);  // the lease is taken when it starts, which needs a slot first
    }
  }
}

void Execution::handle(RunnerEvent event) {
  if (const auto* done_now = std::get_if<JobDone>(&event.what)) return done(event.task, done_now->seconds);
  if (auto* failure = std::get_if<JobFailed>(&event.what)) return failed(event.task, std::move(*failure));
  if (const auto* step = std::get_if<JobProgress>(&event.what)) return progress(event.task, *step);
  Json note = std::move(std::get<JobNote>(event.what).event);
  note["node"] = name_of_node(event.task);
  journal_.emit(std::move(note));
}

void Execution::progress(size_t node, const JobProgress& progress) {
  if (progress.done != progress.total) {
    Flight& flight = in_flight_.at(node);
    if (Clock::now() < flight.next_progress) return;
    flight.next_progress = Clock::now() + kProgressInterval;
  }
  journal_.emit({{"ev", "progress"}, {"node", name_of_node(node)}, {"done", progress.done}, {"total", progress.total}});
}

void Execution::done(size_t node, double seconds) {
  Flight flight = land(node);
  const LeaseEnd end(flight.lease);
  const std::string& key = flight.key;
  scheduler_.ended(node);
  std::string damage;
  std::optional<Record> record;
  try {
    record = store_.find(key, &damage, RecordParts::of_plan);
  } catch (const Error& error) {  // it is there: the next run finds it
    damage = error.what();
  }
  if (!record) return fail(node, ErrorKind::store, damage.empty() ? "the worker published no record" : damage);
  if (plan_.at(node).key == key && !plan_.is_current(node)) {
    store_.remove(key);
    return fail(node, ErrorKind::data, "a file it reads changed meanwhile: its result was dropped; run again");
  }
  names_.learn(name_of_node(node), record->type, key, flight.key_text);
  for (const size_t follower : take_followers(key))
    publish(follower, *record, NodeStatus::hit, {{"key", key}, {"reason", "computed just now under another name"}});
  publish(node, std::move(*record), NodeStatus::done, {{"seconds", seconds}, {"key", key}});
}

void Execution::publish(size_t node, Record record, NodeStatus status, Json more) {
  const std::string& name = name_of_node(node);
  names_.remember(name, record.key);
  add_warnings(record, more);
  set_status(node, status, std::move(more));
  for (const size_t next : plan_.finished(node, std::move(record))) {
    if (plan_.at(next).state == PlanState::hit) {
      names_.remember(name_of_node(next), plan_.at(next).key);
      Json hit = {{"key", plan_.at(next).key}, {"reason", "its inputs came out as before"}};
      add_warnings(*plan_.at(next).record, hit);
      set_status(next, NodeStatus::hit, std::move(hit));
    } else {
      offer(next);
    }
  }
}

std::vector<size_t> Execution::take_followers(const std::string& key) {
  const auto waiting = followers_.extract(key);
  return waiting ? std::move(waiting.mapped()) : std::vector<size_t>{};
}

void Execution::failed(size_t node, JobFailed failure) {
  Flight flight = land(node);
  flight.lease.release();
  if (flight.timed_out) {
    failure.kind = ErrorKind::timeout;
    failure.text = "stopped after its limit of " + duration_text(*plan_.graph().nodes[node].timeout);
  }
  if (flight.outdated && !cancelling_) {
    set_status(node, NodeStatus::waiting, {{"reason", "an input of it is computed again"}});
    return wait_for_inputs(node, flight.key);
  }
  if (!failure.damaged.empty() && !cancelling_ && heal(node, failure.damaged, failure.text))
    return wait_for_inputs(node, flight.key);
  if (failure.kind == ErrorKind::cancelled || (cancelling_ && failure.kind == ErrorKind::lost)) {
    scheduler_.ended(node);
    return set_status(node, NodeStatus::cancelled, {{"reason", "the run was stopped"}});
  }
  if (failure.worker_died) tries_.died(flight.key);
  if (try_again(node, flight.key, failure)) return;
  if (tries_.is_deadly(flight.key))
    failure.text += "\nIt is the second worker that died over it in this run. To look into it:\n  retort debug " +
                    shell_word(name_of_node(node));
  keep_job(node);
  for (const size_t follower : take_followers(flight.key)) fail(follower, failure.kind, failure.text);
  fail(node, failure.kind, failure.text);
}

/// What the policy of this kind of failure allows; false if it was the last try.
bool Execution::try_again(size_t node, const std::string& key, const JobFailed& failure) {
  if (cancelling_ || !tries_.once_more(key, failure.kind)) return false;
  const bool alone = policy_of(failure.kind).alone;
  scheduler_.put_back(node);
  if (alone) alone_.insert(node);
  set_status(node, NodeStatus::waiting,
             {{"reason", std::string(alone ? "once more, alone" : "once more") + " (" + name_of(failure.kind) +
                             "): " + failure.text}});
  offer(node);
  return true;
}

/// For `retort debug`. That it cannot be written is no further failure.
void Execution::keep_job(size_t node) const noexcept {
  try {
    if (!settings_.place.run_folder.empty() && plan_.at(node).state == PlanState::run)
      write_atomically(job_file(settings_.place, name_of_node(node)),
                       dump_text(make_job(plan_, node, store_, settings_.place), 1) + "\n", /*sync=*/false);
  } catch (const std::exception&) {
  }
}

void Execution::fail(size_t node, ErrorKind kind, const std::string& text) {
  set_status(node, NodeStatus::failed, {{"kind", name_of(kind)}, {"text", text}});
  for (const size_t skipped : scheduler_.failed(node))
    set_status(skipped, NodeStatus::skipped, {{"reason", name_of_node(node) + " failed"}});
  if (settings_.stop_at_failure && !cancelling_) cancel();
}

void Execution::cancel() {
  cancelling_ = true;
  runner_.cancel();
}

/// Whether there is nothing to set aside: it was collected, or another run has published it again since.
bool Execution::is_mended(const std::string& key, bool of_a_parent) const {
  if (of_a_parent) return false;  // nobody mends that: it is believed no more
  const auto record = store_.find(key);
  if (!record) return true;
  if (!store_.missing(*record).empty()) return false;
  try {
    for (const auto& [port, output] : record->outputs)
      for (const auto& file : output.files)
        if (file.inlined) static_cast<void>(store_.read(*record, file));
  } catch (const DamagedResult&) {
    return false;
  }
  return true;
}

/// A result that `consumer` read is damaged: its producers run again and `consumer` waits for them.
bool Execution::heal(size_t consumer, const std::string& key, const std::string& text) {
  std::vector<size_t> producers;
  for (size_t i = 0; i < plan_.size(); ++i)
    if (plan_.at(i).state == PlanState::hit && plan_.at(i).record->key == key) producers.push_back(i);
  if (producers.empty() || !tries_.heal(key)) return false;
  if (!is_mended(key, !plan_.at(producers.front()).record->from.empty())) store_.remove(key);
  std::vector<size_t> wanted;
  for (const size_t producer : producers) {
    const std::string& name = name_of_node(producer);
    journal_.emit({{"ev", "damaged"}, {"node", name}, {"key", key}, {"text", text}});
    for (const size_t held_back : plan_.reopen(producer, text, &wanted)) {
      scheduler_.withdraw(held_back);
      if (const auto flight = in_flight_.find(held_back); flight != in_flight_.end()) flight->second.outdated = true;
    }
    set_status(producer, NodeStatus::waiting, {{"reason", "damaged: " + text}});
    set_status(consumer, NodeStatus::waiting, {{"reason", name + " is computed again"}});
  }
  for (const size_t one : wanted) {
    set_status(one, NodeStatus::waiting, {{"reason", "wanted for what is computed again"}});
    offer(one);
  }
  for (const size_t producer : producers) offer(producer);
  return true;
}

/// An input was found damaged while this ran, or while another did that hangs on it too.
void Execution::wait_for_inputs(size_t node, const std::string& key) {
  scheduler_.put_back(node);
  offer(node);  // if its inputs are there again already; else when they are
  for (const size_t follower : take_followers(key)) offer(follower);
}

void Execution::check_limits() {
  if (Clock::now() > next_save_) {
    names_.save();
    plan_.save_recipes();
    next_save_ = Clock::now() + kSaveInterval;
  }
  for (auto& [node, flight] : in_flight_) {
    if (flight.timed_out || !flight.deadline || Clock::now() <= *flight.deadline) continue;
    flight.timed_out = true;
    log(LogLevel::info, "scheduler", name_of_node(node) + ": its limit passed, its worker is killed");
    runner_.kill(node);
  }
}

void Execution::check_signals() {
  const int requests = stop_.count();
  if (requests >= 1 && signal_ == 0) {
    signal_ = stop_.signal() != 0 ? stop_.signal() : SIGTERM;  // what `retort cancel` stands for
    log(LogLevel::info, "scheduler",
        stop_.signal() != 0 ? "signal " + std::to_string(signal_) + ": nodes are asked to stop"
                            : "asked to stop by `retort cancel`");
    cancel();
  }
  if (requests >= 2)
    for (const auto& [node, flight] : in_flight_) runner_.kill(node);
}

}  // namespace retort
