#include <iostream>

#include "cli/again.h"
#include "cli/all.h"
#include "cli/detach.h"
#include "cli/notify.h"
#include "cli/run_id.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/error.h"
#include "core/files.h"
#include "sched/card_leases.h"
#include "sched/execution.h"
#include "sched/process_runner.h"

namespace retort {
namespace {

struct RunOptions {
  GraphOptions graph;
  Words words;  ///< as typed
  size_t slots = 0, stall = 1800;
  std::string again, notify;
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

/// What was typed, and where: the page of the run says how it is made again.
Json about(const RunOptions& options) {
  return {{"command", options.words}, {"folder", std::filesystem::current_path().string()}};
}

/// Beside the log, for the page of the run. A disk that takes no more is no reason to fail now.
void keep_tables(const JobPlace& place, const std::vector<Table>& tables) {
  if (place.run_folder.empty() || tables.empty()) return;
  Json all = Json::array();
  for (const auto& table : tables) all.push_back(to_json(table));
  try {
    write_file(place.run_folder / "tables.json", all.dump());
  } catch (const Error&) {
  }
}

int execute(Session& session, const RunOptions& options) {
  const bool something_to_do = session.plan.count(PlanState::hit) < session.plan.size();
  const JobPlace place = make_place(session, something_to_do);
  EventLog log(place.run_folder.empty() ? "" : place.run_folder / "events.jsonl");
  if (options.detached && something_to_do && detach(place.run_folder / "said.txt")) {
    std::cout << "run " << place.run << " goes on in the background\n  retort watch " << place.run
              << "\n  retort cancel " << place.run << '\n';
    return kDone;
  }
  auto view = make_view(options.plain || options.json || !something_to_do);
  if (!options.notify.empty())
    view = std::make_unique<Notifier>(std::move(view), options.notify, static_cast<double>(options.stall),
                                      session.store.root().string());
  if (something_to_do) session.store.sweep_scratch();
  LazyRunner runner;
  const Devices devices = something_to_do ? find_devices() : Devices{};
  const auto claims = devices.ids.empty() ? nullptr : std::make_shared<CardLeases>(session.store, devices.ids);
  Execution execution(session.plan, session.store, session.sources, session.names,
                      Slots(devices, options.slots, claims), runner, log, *view,
                      {place, options.stop_at_failure, about(options)});
  const RunState state = execution.run();
  const auto tables = make_tables(session.plan, &state);
  keep_tables(place, tables);
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
  run.words = words;
  Options options("run", "Runs what a graph still lacks and prints its tables.",
                  "Ctrl-C stops nodes at their next step and keeps finished work; a second one stops at once.");
  run.graph.add_to(options);
  options.value("--slots", run.slots, "run at most so many nodes at a time; default: as many as the devices take");
  options.value("--notify", run.notify,
                "run this command at the end, at the first failure and on a stall, with the facts in RETORT_EVENT, "
                "RETORT_TEXT and others");
  options.value("--stall", run.stall, "seconds without news that are a stall; default 1800");
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
