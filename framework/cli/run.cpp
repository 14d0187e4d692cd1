#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <random>

#include "cli/all.h"
#include "cli/kept.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "core/error.h"
#include "core/files.h"
#include "graph/resolved.h"
#include "sched/execution.h"
#include "sched/process_runner.h"

namespace retort {
namespace {

struct RunOptions {
  GraphOptions graph;
  size_t slots = 0;
  bool plain = false, json = false, stop_at_failure = false;
};

/// "20260131-142501-052-3fa2": sorts by time, to the millisecond.
std::string new_run_id() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  const std::time_t now = milliseconds / 1000;
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char time[32], id[64];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", &parts);
  std::snprintf(id, sizeof id, "%s-%03d-%04x", time, static_cast<int>(milliseconds % 1000),
                std::random_device()() & 0xffff);
  return id;
}

/// A run that has nothing to do leaves no trace in a store that cannot be written.
JobPlace make_place(const Store& store, bool must_write) {
  JobPlace place;
  place.run = new_run_id();
  std::error_code code;
  std::filesystem::create_directories(store.runs() / place.run, code);
  if (!code)
    place.run_folder = store.runs() / place.run;
  else if (must_write)
    throw Error(ErrorKind::store, "cannot make " + (store.runs() / place.run).string() + ": " + code.message());
  return place;
}

std::unique_ptr<View> make_view(bool plain) {
  winsize size = {};
  if (plain || ::isatty(STDERR_FILENO) == 0 || ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
    return plain_view(std::cerr);
  return live_view(std::cerr, size.ws_col);
}

/// Starts no worker before there is a job: a run that has nothing to do needs none.
class LazyRunner final : public Runner {
 public:
  void start(size_t task, const Json& job, const std::string& slot, const std::string& visible) override {
    real().start(task, job, slot, visible);
  }
  std::vector<RunnerEvent> wait(int milliseconds, int wake) override { return real().wait(milliseconds, wake); }
  void cancel() override { real().cancel(); }
  void kill(size_t task) override { real().kill(task); }

 private:
  Runner& real() {
    if (!runner_) runner_ = std::make_unique<ProcessRunner>(ProcessRunner::beside_this_program());
    return *runner_;
  }
  std::unique_ptr<ProcessRunner> runner_;
};

int exit_code(const RunState& state, int signal) {
  if (signal != 0) return kSignal + signal;
  bool failed = false, only_plugins = true;
  for (const auto& node : state.nodes) {
    if (node.status != NodeStatus::failed) continue;
    if (node.error_kind == name_of(ErrorKind::store)) return kStoreFailed;
    failed = true;
    only_plugins = only_plugins && node.error_kind == name_of(ErrorKind::plugin);
  }
  return !failed ? kDone : only_plugins ? kPluginRefused : kNodeFailed;
}

std::string summary(const RunState& state, const Store& store) {
  std::string text;
  const auto count = [&](NodeStatus status, const std::string& what) {
    if (const size_t n = state.count(status); n > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + what;
  };
  count(NodeStatus::done, "ran");
  count(NodeStatus::hit, "already there");
  count(NodeStatus::failed, "failed");
  count(NodeStatus::skipped, "skipped");
  count(NodeStatus::cancelled, "stopped");
  count(NodeStatus::unneeded, "not needed");
  return state.status + " in " + duration_text(state.last - state.started) + ": " + text + "; results in " +
         store.root().string();
}

/// For a shell: names of multiplied nodes hold braces.
std::string quoted(const std::string& name) {
  return name.find_first_of("{}=, *?") == std::string::npos ? name : "'" + name + "'";
}

/// Commands to type next when all is done.
std::vector<std::string> commands_after(const std::string& graph, bool tables, const std::string& last_node) {
  std::vector<std::string> commands;
  if (tables) commands.push_back("retort table " + graph);
  if (!last_node.empty()) commands.push_back("retort export " + quoted(last_node) + " FOLDER");
  return commands;
}

/// Commands to type next, for the situation the run ended in.
std::vector<std::string> next_commands(const RunState& state, const Graph& graph) {
  if (state.status == "done")
    return commands_after(graph.file, !graph.tables.empty(), state.nodes.empty() ? "" : state.nodes.back().name);
  std::vector<std::string> commands;
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::failed && commands.size() < 2)
      commands.push_back("retort log --node " + quoted(node.name));
  if (state.status == "cancelled") commands.push_back("retort run " + graph.file);
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

/// What a run whose plan was kept leaves in the store: that it was, and what it found. False if it cannot.
bool record_kept(const KeptPlan& plan, const JobPlace& place, const std::string& graph) {
  if (place.run_folder.empty()) return true;  // a store that cannot be written
  if (!plan.put_graph(place.run_folder / "graph.json") || !plan.put_nodes(place.run_folder / kNodesFile)) return false;
  EventLog log(place.run_folder / "events.jsonl");
  log.write({{"ev", "run"},
             {"run", place.run},
             {"graph", graph},
             {"title", plan.title()},
             {"slots", Devices{}.cores},
             {"nodes_sha256", plan.nodes_digest()}});
  log.write({{"ev", "end"}, {"status", "done"}});
  return true;
}

/// As `execute` does where every node is a hit; nothing if that cannot be done without the graph.
std::optional<int> execute_kept(const Kept& kept, const std::string& graph) {
  const JobPlace place = make_place(kept.store, /*must_write=*/false);
  if (!record_kept(*kept.plan, place, graph)) return std::nullopt;
  const std::string hits = std::to_string(kept.plan->hits());
  const std::string others =
      kept.plan->unneeded() > 0 ? ", " + std::to_string(kept.plan->unneeded()) + " not needed" : std::string();
  std::cerr << "run " << place.run << ": " << graph << ": " << hits << " hit" << others << '\n';
  std::cout << kept.plan->tables() << "done in " << duration_text(0) << ": " << hits << " already there" << others
            << "; results in " << kept.store.root().string() << '\n';
  for (const auto& command : commands_after(graph, !kept.plan->tables().empty(), std::string(kept.plan->last_node())))
    std::cout << "  " << command << '\n';
  return kDone;
}

int execute(Session& session, const RunOptions& options, const Words& words) {
  const bool something_to_do = session.plan.has_work();
  const JobPlace place = make_place(session.store, something_to_do);
  if (!place.run_folder.empty()) write_file(place.run_folder / "graph.json", resolved_text(session.graph));
  EventLog log(place.run_folder.empty() ? "" : place.run_folder / "events.jsonl");
  const auto view = make_view(options.plain || options.json || !something_to_do);
  if (something_to_do) session.store.sweep_scratch();
  LazyRunner runner;
  Execution execution(session.plan, session.store, session.sources, session.names,
                      Slots(something_to_do ? find_devices() : Devices{}, options.slots), runner, log, *view,
                      {place, options.stop_at_failure});
  const RunState state = execution.run();
  const auto tables = make_tables(session.plan, &state);
  if (options.json) {
    print_json(state, tables);
  } else {
    print_text(state, tables, session);
    keep_plan(session, words, tables);
  }
  return exit_code(state, execution.signal());
}

}  // namespace

int run_command(const Words& words) {
  RunOptions run;
  Options options("run", "Runs what a graph still lacks and prints its tables.",
                  "Ctrl-C stops nodes at their next step and keeps finished work; a second one stops at once.");
  run.graph.add_to(options);
  options.value("--slots", run.slots, "run at most so many nodes at a time; default: as many as the devices take");
  options.flag("--stop-at-failure", run.stop_at_failure, "stop at the first failure instead of going on with the rest");
  options.flag("--plain", run.plain, "one line a change of state, also on a terminal");
  options.flag("--json", run.json, "print the outcome as JSON");
  if (const auto code = options.parse(words)) return *code;
  if (!run.json)
    if (const auto kept = Kept::find(run.graph, words))
      if (const auto code = execute_kept(*kept, run.graph.graph)) return *code;
  const auto session = Session::open(run.graph);
  return session ? execute(*session, run, words) : kUsage;
}

}  // namespace retort
