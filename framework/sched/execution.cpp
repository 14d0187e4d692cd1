#include "sched/execution.h"

#include <unistd.h>

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

}  // namespace

Execution::Execution(Plan& plan, const Store& store, SourceDigests& sources, Names& names, Slots slots, Runner& runner,
                     EventLog& log, View& view, ExecutionSettings settings)
    : plan_(plan),
      store_(store),
      sources_(sources),
      names_(names),
      scheduler_(tasks_of(plan), std::move(slots)),
      runner_(runner),
      log_(log),
      view_(view),
      settings_(std::move(settings)),
      leases_(store) {}

void Execution::emit(Json event) {
  const Json written = log_.write(std::move(event));
  show(written);
  show_trouble();
}

void Execution::show_trouble() {
  if (const std::string trouble = log_.trouble(); !trouble.empty()) show({{"ev", "warn"}, {"text", trouble}});
}

void Execution::show(const Json& event) {
  state_.apply(event);
  view_.event(state_, event);
}

void Execution::set_status(size_t node, NodeStatus status, Json more) {
  more["ev"] = "node";
  more["node"] = plan_.graph().nodes[node].name;
  more["status"] = name_of(status);
  emit(std::move(more));
}

/// Says what the run begins with. The view hears of it when all nodes are known.
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
  list_nodes(plan_, sources_, std::move(event), [&](Json one) { state_.apply(log_.write(std::move(one))); });
  view_.event(state_, {{"ev", "run"}, {"t", state_.last}});
  show_trouble();
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
    for (const auto& event : runner_.wait(kTick, signals_.descriptor())) handle(event);
    check_limits();
    check_signals();
    view_.tick(state_, log_.now());
  }
  end();
  return std::move(state_);
}

bool Execution::finished() const {
  if (cancelling_) return in_flight_.empty();
  return in_flight_.empty() && scheduler_.idle() && waiting_for_lease_.empty();
}

void Execution::end() {
  for (size_t i = 0; i < plan_.size(); ++i) {
    const NodeStatus status = state_.nodes[i].status;
    if (status == NodeStatus::waiting || status == NodeStatus::running)
      set_status(i, NodeStatus::cancelled, {{"reason", "the run was stopped"}});
  }
  names_.save();
  plan_.save_recipes();
  sources_.save();
  log(LogLevel::info, "scheduler",
      "run " + settings_.place.run + " ends after " + duration_text(log_.now() - state_.started));
  const bool bad = state_.count(NodeStatus::failed) + state_.count(NodeStatus::skipped) > 0;
  emit({{"ev", "end"}, {"status", cancelling_ ? "cancelled" : bad ? "failed" : "done"}});
  view_.finish(state_);
}

/// Puts a node whose inputs are there in line; fails one that turned out to be impossible.
void Execution::offer(size_t node) {
  if (plan_.at(node).state != PlanState::run || scheduler_.is_running(node)) return;
  if (!plan_.at(node).problem.empty()) return fail(node, name_of(ErrorKind::data), plan_.at(node).problem);
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
  for (const auto& [other, flight] : in_flight_)
    if (flight.key == key) {
      scheduler_.put_back(node);
      followers_[key].push_back(node);
      return set_status(node, NodeStatus::waiting,
                        {{"reason", "the same result as " + plan_.graph().nodes[other].name}});
    }
  std::optional<Record> record;
  std::optional<Lease> lease;
  bool is_there = false;
  try {
    lease = leases_.try_take(key, &record);
    is_there = lease && record && !plan_.graph().nodes[node].manifest->spec.uncached && store_.missing(*record).empty();
  } catch (const Error& error) {  // what the store has of it cannot be read: the other nodes go on
    scheduler_.ended(node);
    return fail(node, name_of(error.kind()), error.what());
  }
  if (!lease) {
    log(LogLevel::info, "scheduler",
        "another run holds the lease of " + key + " (" + plan_.graph().nodes[node].name + ")");
    scheduler_.put_back(node);
    waiting_for_lease_.insert(node);
    return set_status(node, NodeStatus::waiting, {{"reason", "another run computes this result"}});
  }
  if (is_there) {
    scheduler_.ended(node);
    publish(node, std::move(*record), NodeStatus::hit, {{"reason", "another run computed it"}});
    return lease->release();
  }
  in_flight_[node] = {key, plan_.at(node).key_text, false};
  const GraphNode& graph_node = plan_.graph().nodes[node];
  if (graph_node.timeout)
    deadline_[node] = Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(1000 * *graph_node.timeout));
  Json job = make_job(plan_, node, store_, settings_.place);
  job["attempt"] = tries_.begin(key);
  if (alone_.count(node) > 0) runner_.drop_idle();
  job["lease"] = lease->ticket();
  const int descriptor = lease->descriptor();
  held_.insert_or_assign(key, std::move(*lease));
  job["visible_devices"] = scheduler_.slots().visible_devices(slot);
  if (const std::string card = scheduler_.slots().card_name(slot); !card.empty()) job["card"] = card;
  set_status(node, NodeStatus::running,
             {{"slot", slot}, {"key", key}, {"reason", reasons_text(plan_, node, sources_)}});
  log(LogLevel::debug, "scheduler", plan_.graph().nodes[node].name + " on " + slot + ", key " + key);
  const std::string visible = job["visible_devices"];
  runner_.start(node, std::move(job), slot, visible, descriptor);
}

class Execution::LeaseEnd {
 public:
  LeaseEnd(Execution& execution, std::string key) : execution_(execution), key_(std::move(key)) {}
  ~LeaseEnd() { execution_.end_lease(key_); }
  LeaseEnd(const LeaseEnd&) = delete;
  LeaseEnd& operator=(const LeaseEnd&) = delete;

 private:
  Execution& execution_;
  const std::string key_;
};

void Execution::end_lease(const std::string& key) {
  held_.at(key).release();
  held_.erase(key);
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

void Execution::handle(const RunnerEvent& one) {
  const std::string kind = one.event.value("ev", "");
  if (kind == "done") return done(one.task, one.event);
  if (kind == "failed") return failed(one.task, one.event);
  if (kind == "started") return;
  Json event = one.event;
  event["node"] = plan_.graph().nodes[one.task].name;
  if (kind == "progress" && event.value("done", 0) != event.value("total", 0)) {
    if (Clock::now() < next_progress_[one.task]) return;
    next_progress_[one.task] = Clock::now() + kProgressInterval;
  }
  emit(std::move(event));
}

void Execution::done(size_t node, const Json& event) {
  const auto [key, key_text, outdated] = std::move(in_flight_.at(node));
  scheduler_.ended(node);
  in_flight_.erase(node);
  deadline_.erase(node);
  // Until the log cites the result, its lease is all that keeps it from being collected.
  const LeaseEnd lease(*this, key);
  std::string damage;
  std::optional<Record> record;
  try {
    record = store_.find(key, &damage, RecordParts::of_plan);
  } catch (const Error& error) {  // it is there: the next run finds it
    damage = error.what();
  }
  if (!record) return fail(node, name_of(ErrorKind::store), damage.empty() ? "the worker published no record" : damage);
  if (plan_.at(node).key == key && !plan_.is_current(node)) {
    store_.remove(key);
    return fail(node, name_of(ErrorKind::data), "a file it reads changed meanwhile: its result was dropped; run again");
  }
  names_.learn(plan_.graph().nodes[node].name, record->type, key, key_text);
  end_followers(key, record, "", "");
  publish(node, std::move(*record), NodeStatus::done, {{"seconds", event.value("seconds", 0.0)}, {"key", key}});
}

void Execution::publish(size_t node, Record record, NodeStatus status, Json more) {
  const std::string& name = plan_.graph().nodes[node].name;
  names_.remember(name, record.key);
  add_warnings(record, more);
  set_status(node, status, std::move(more));
  for (const size_t next : plan_.finished(node, std::move(record))) {
    if (plan_.at(next).state == PlanState::hit) {
      names_.remember(plan_.graph().nodes[next].name, plan_.at(next).key);
      Json hit = {{"key", plan_.at(next).key}, {"reason", "its inputs came out as before"}};
      add_warnings(*plan_.at(next).record, hit);
      set_status(next, NodeStatus::hit, std::move(hit));
    } else {
      offer(next);
    }
  }
}

void Execution::end_followers(const std::string& key, const std::optional<Record>& record, const std::string& kind,
                              const std::string& text) {
  const auto waiting = followers_.find(key);
  if (waiting == followers_.end()) return;
  const std::vector<size_t> nodes = std::move(waiting->second);
  followers_.erase(waiting);
  for (const size_t node : nodes) {
    if (record) {
      publish(node, *record, NodeStatus::hit, {{"key", key}, {"reason", "computed just now under another name"}});
    } else {
      fail(node, kind, text);
    }
  }
}

void Execution::failed(size_t node, const Json& event) {
  const auto [key, key_text, outdated] = std::move(in_flight_.at(node));
  in_flight_.erase(node);
  deadline_.erase(node);
  end_lease(key);
  std::string kind = event.value("kind", "internal"), text = event.value("text", "");
  if (timed_out_.erase(node) > 0) {
    kind = name_of(ErrorKind::timeout);
    text = "stopped after its limit of " + duration_text(*plan_.graph().nodes[node].timeout);
  }
  if (outdated && !cancelling_) {
    set_status(node, NodeStatus::waiting, {{"reason", "an input of it is computed again"}});
    return wait_for_inputs(node, key);
  }
  if (event.contains("key") && !cancelling_ && heal(node, event["key"], text)) return wait_for_inputs(node, key);
  if (kind == name_of(ErrorKind::cancelled) || (cancelling_ && kind == name_of(ErrorKind::lost))) {
    scheduler_.ended(node);
    return set_status(node, NodeStatus::cancelled, {{"reason", "the run was stopped"}});
  }
  if (event.value("died", false)) tries_.died(key);
  if (try_again(node, key, kind, text)) return;
  if (tries_.is_deadly(key))
    text += "\nIt is the second worker that died over it in this run. To look into it:\n  retort debug " +
            shell_word(plan_.graph().nodes[node].name);
  keep_job(node);
  end_followers(key, std::nullopt, kind, text);
  fail(node, kind, text);
}

/// What the policy of this kind of failure allows; false if it was the last try.
bool Execution::try_again(size_t node, const std::string& key, const std::string& kind, const std::string& text) {
  if (cancelling_ || !tries_.once_more(key, error_kind(kind))) return false;
  const bool alone = policy_of(error_kind(kind)).alone;
  scheduler_.put_back(node);
  if (alone) alone_.insert(node);
  set_status(node, NodeStatus::waiting,
             {{"reason", std::string(alone ? "once more, alone" : "once more") + " (" + kind + "): " + text}});
  offer(node);
  return true;
}

/// For `retort debug`. That it cannot be written is no further failure.
void Execution::keep_job(size_t node) const noexcept {
  try {
    if (!settings_.place.run_folder.empty() && plan_.at(node).state == PlanState::run)
      write_atomically(job_file(settings_.place, plan_.graph().nodes[node].name),
                       dump_text(make_job(plan_, node, store_, settings_.place), 1) + "\n", /*sync=*/false);
  } catch (const std::exception&) {
  }
}

void Execution::fail(size_t node, const std::string& kind, const std::string& text) {
  const std::string& name = plan_.graph().nodes[node].name;
  set_status(node, NodeStatus::failed, {{"kind", kind}, {"text", text}});
  for (const size_t skipped : scheduler_.failed(node))
    set_status(skipped, NodeStatus::skipped, {{"reason", name + " failed"}});
  if (!settings_.stop_at_failure || cancelling_) return;
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
    const std::string& name = plan_.graph().nodes[producer].name;
    emit({{"ev", "damaged"}, {"node", name}, {"key", key}, {"text", text}});
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
  const auto waiting = followers_.extract(key);
  offer(node);  // if its inputs are there again already; else when they are
  if (!waiting.empty())
    for (const size_t follower : waiting.mapped()) offer(follower);
}

void Execution::check_limits() {
  if (Clock::now() > next_save_) {
    names_.save();
    plan_.save_recipes();
    next_save_ = Clock::now() + kSaveInterval;
  }
  for (const auto& [node, time] : deadline_)
    if (Clock::now() > time && timed_out_.insert(node).second) {
      log(LogLevel::info, "scheduler", plan_.graph().nodes[node].name + ": its limit passed, its worker is killed");
      runner_.kill(node);
    }
}

void Execution::check_signals() {
  const int received = std::max(signals_.received(), requests_to_stop());
  if (received >= 1 && signal_ == 0) {
    signal_ = signals_.first() != 0 ? signals_.first() : SIGTERM;  // what `retort cancel` stands for
    log(LogLevel::info, "scheduler",
        signals_.first() != 0 ? "signal " + std::to_string(signal_) + ": nodes are asked to stop"
                              : "asked to stop by `retort cancel`");
    cancelling_ = true;
    runner_.cancel();
  }
  if (received >= 2)
    for (const auto& [node, flight] : in_flight_) runner_.kill(node);
}

/// From any machine that sees the store: one asks the nodes to stop, two end them.
int Execution::requests_to_stop() {
  if (settings_.place.run_folder.empty() || Clock::now() < next_look_) return 0;
  next_look_ = Clock::now() + std::chrono::milliseconds(kTick);
  const auto file = cancel_file(settings_.place.run_folder);
  if (::access(file.c_str(), F_OK) != 0) return 0;
  return read_file(file).find("now") == std::string::npos ? 1 : 2;
}

}  // namespace retort
