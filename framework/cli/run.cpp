#include <iostream>

#include "cli/again.h"
#include "cli/all.h"
#include "cli/detach.h"
#include "cli/last_runs.h"
#include "cli/part.h"
#include "cli/run_id.h"
#include "cli/runs.h"
#include "core/error.h"
#include "core/files.h"
#include "sched/card_leases.h"
#include "sched/execution.h"
#include "sched/process_runner.h"
#include "tables/write.h"

namespace retort {
namespace {

struct RunOptions {
  GraphOptions graph;
  PartOptions part;
  size_t slots = 0;
  std::string again;
  bool plain = false, json = false, stop_at_failure = false, detached = false;
};

/// A run that has nothing to do leaves no trace in a store that cannot be written.
JobPlace make_place(const Session& session, bool must_write) {
  JobPlace place;
  try {
    place.run = make_run(session.store.runs());
    place.run_folder = session.store.runs() / place.run;
    write_file(place.run_folder / "graph.json", session.graph.resolved);
  } catch (const Error&) {
    if (must_write) throw;
    place = {"", "unrecorded"};
  }
  return place;
}

/// Starts no worker before there is a job: a run that has nothing to do needs none.
class LazyRunner final : public Runner {
 public:
  void start(size_t task, const Json& job, const std::string& slot, const std::string& visible, int lease) override {
    real().start(task, job, slot, visible, lease);
  }
  std::vector<RunnerEvent> wait(int milliseconds, int wake) override { return real().wait(milliseconds, wake); }
  void cancel() override { real().cancel(); }
  void kill(size_t task) override { real().kill(task); }
  void drop_idle() override { real().drop_idle(); }

 private:
  Runner& real() {
    if (!runner_) runner_ = std::make_unique<ProcessRunner>(ProcessRunner::beside_this_program());
    return *runner_;
  }
  std::unique_ptr<ProcessRunner> runner_;
};

/// Commands to type next, for the situation the run ended in.
std::vector<std::string> next_commands(const RunState& state, const Graph& graph) {
  std::vector<std::string> commands;
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::failed && commands.size() < 2)
      commands.push_back("retort log --node " + shell_word(node.name));
  if (state.status == "cancelled") commands.push_back("retort run " + graph.file);
  if (state.status != "done") return commands;
  if (!graph.tables.empty()) commands.push_back("retort table " + graph.file);
  if (!state.nodes.empty()) commands.push_back("retort export " + shell_word(state.nodes.back().name) + " FOLDER");
  return commands;
}

Json node_json(const NodeView& node) {
  Json json = {{"name", node.name}, {"type", node.type}, {"status", name_of(node.status)}, {"seconds", node.seconds}};
  if (!node.key.empty()) json["key"] = node.key;
  if (!node.reason.empty()) json["reason"] = node.reason;
  if (!node.error.empty()) json["error"] = {{"kind", node.error_kind}, {"text", node.error}};
  return json;
}

void print_json(const RunState& state, const std::vector<Table>& tables) {
  Json json = {{"run", state.run}, {"status", state.status}, {"nodes", Json::array()}, {"tables", Json::array()}};
  for (const auto& node : state.nodes) json["nodes"].push_back(node_json(node));
  for (const auto& table : tables) json["tables"].push_back(to_json(table));
  std::cout << json.dump(1) << '\n';
}

void print_text(const RunState& state, const std::vector<Table>& tables, const Session& session) {
  for (const auto& table : tables) std::cout << to_text(table) << '\n';
  std::cout << summary(state, session.store) << '\n';
  for (const auto& command : next_commands(state, session.graph)) std::cout << "  " << command << '\n';
}

int execute(Session& session, const RunOptions& options) {
  Part part(session, options.part);
  if (part.empty()) {
    std::cout << "nothing failed in the newest runs of " << session.graph.file << '\n';
    return kDone;
  }
  Plan& plan = part.plan();
  const bool something_to_do = plan.count(PlanState::hit) < plan.size();
  const JobPlace place = make_place(session, something_to_do);
  EventLog log(place.run_folder.empty() ? "" : place.run_folder / "events.jsonl");
  if (options.detached && something_to_do && detach(place.run_folder / "said.txt")) {
    std::cout << "run " << place.run << " goes on in the background\n  retort watch " << place.run
              << "\n  retort cancel " << place.run << '\n';
    return kDone;
  }
  const auto view = make_view(options.plain || options.json || !something_to_do);
  if (something_to_do) session.store.sweep_scratch();
  LazyRunner runner;
  const Devices devices = something_to_do ? find_devices() : Devices{};
  const auto claims = devices.ids.empty() ? nullptr : std::make_shared<CardLeases>(session.store, devices.ids);
  Execution execution(plan, session.store, session.sources, session.names, Slots(devices, options.slots, claims),
                      runner, log, *view, {place, options.stop_at_failure});
  const RunState state = execution.run();
  const Plan& now = part.whole_plan_now();
  const auto tables =
      make_tables({now, session.store, part.whole() ? failures_of(now, state) : failures_of(now, session.store)},
                  session.graph.tables);
  if (options.json) {
    print_json(state, tables);
  } else {
    print_text(state, tables, session);
  }
  return exit_code(state, execution.signal());
}

}  // namespace

int run_command(const Words& words) {
  RunOptions run;
  Options options("run", "Runs what a graph still lacks and prints its tables.",
                  "Ctrl-C stops nodes at their next step and keeps finished work; a second one stops at once.");
  run.graph.add_to(options);
  run.part.add_to(options);
  options.value("--slots", run.slots, "run at most so many nodes at a time; default: as many as the devices take");
  options.flag("--stop-at-failure", run.stop_at_failure, "stop at the first failure instead of going on with the rest");
  options.flag("--detach", run.detached, "leave it going in the background; `retort watch` shows it");
  options.value("--again", run.again, "only run this node, twice, and say whether it is deterministic; stores nothing");
  options.flag("--plain", run.plain, "one line a change of state, also on a terminal");
  options.flag("--json", run.json, "print the outcome as JSON");
  if (const auto code = options.parse(words)) return *code;
  const auto session = Session::open(run.graph);
  if (!session) return kUsage;
  return run.again.empty() ? execute(*session, run) : run_again(*session, run.again, run.json);
}

}  // namespace retort
