#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/runs/again.h"
#include "cli/runs/command_file.h"
#include "cli/runs/detach.h"
#include "cli/runs/last_runs.h"
#include "cli/runs/metric_lines.h"
#include "cli/runs/next_commands.h"
#include "cli/runs/notify.h"
#include "cli/runs/pictures.h"
#include "cli/runs/run_view.h"
#include "cli/session/finished_plan.h"
#include "cli/session/part.h"
#include "cli/session/plugin_places.h"
#include "core/error.h"
#include "core/system_text.h"
#include "graph/resolved.h"
#include "log/log.h"
#include "sched/card_leases.h"
#include "sched/execution.h"
#include "sched/lazy_runner.h"
#include "sched/run_record.h"
#include "tables/write.h"

namespace retort {
namespace {

struct RunOptions {
  GraphOptions graph;
  PartOptions part;
  std::string id;  ///< of a run to run again
  size_t slots = 0, stall = 1800;
  std::string again, notify, pictures = ".";
  bool plain = false, json = false, stop_at_failure = false, detached = false;
};

Json node_json(const NodeView& node) {
  Json json = {{"name", node.name}, {"type", node.type}, {"status", name_of(node.status)}, {"seconds", node.seconds}};
  if (!node.key.empty()) json["key"] = node.key;
  if (!node.reason.empty()) json["reason"] = node.reason;
  if (!node.error.empty()) json["error"] = {{"kind", node.error_kind}, {"text", node.error}};
  return json;
}

/// In the order of the nodes, whichever ran first; those of the whole run before them.
std::vector<Warning> sorted_warnings(const RunState& state) {
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < state.nodes.size(); ++i) place[state.nodes[i].name] = i + 1;
  std::vector<Warning> all = state.warnings;
  std::stable_sort(all.begin(), all.end(),
                   [&](const Warning& a, const Warning& b) { return place[a.node] < place[b.node]; });
  return all;
}

void print_json(const RunState& state, const std::vector<Table>& tables) {
  Json json = {{"run", state.run}, {"status", state.status}, {"nodes", Json::array()}, {"tables", to_json(tables)}};
  for (const auto& node : state.nodes) json["nodes"].push_back(node_json(node));
  json["warnings"] = Json::array();
  for (const auto& one : sorted_warnings(state)) json["warnings"].push_back({{"node", one.node}, {"text", one.text}});
  std::cout << dump_text(json, 1) << '\n';
}

/// "none" as a folder asks for no pictures.
std::vector<std::string> pictures_of(const Plan& plan, const Store& store, const std::string& folder) {
  return folder == "none" ? std::vector<std::string>() : write_pictures(plan, store, folder);
}

void print_text(const RunState& state, const std::vector<Table>& tables, const std::vector<std::string>& pictures,
                const Session& session, const Plan& plan, const RunOptions& options, const Words& words) {
  for (const auto& table : tables) std::cout << to_text(table) << '\n';
  std::cout << metric_lines(options.graph, plan);
  if (const std::string text = warnings_text(sorted_warnings(state)); !text.empty()) std::cout << text << '\n';
  for (const auto& line : pictures) std::cout << line << '\n';
  std::cout << summary(state, session.store) << '\n';
  for (const auto& command : next_commands(options.graph, state, !session.graph.tables.empty(), words))
    std::cout << "  " << command << '\n';
}

/// What was typed, and where: the page of the run says how it is made again.
Json about(const Words& words) {
  Json typed = Json::array();
  for (const auto& word : words) typed.push_back(text_of(word));
  return {{"command", typed}, {"folder", text_of(std::filesystem::current_path().string())}};
}

/// As `execute` does where every node is a hit; nothing if that cannot be done without the graph.
std::optional<int> execute_kept(const Kept& kept, const GraphOptions& asked, const Words& words) {
  const std::string& graph = asked.graph;
  const JobPlace place = make_place(kept.store, /*must_write=*/false);
  if (!record_kept(*kept.plan, place, graph, about(words))) return std::nullopt;
  const std::string hits = std::to_string(kept.plan->hits());
  const std::string others =
      kept.plan->unneeded() > 0 ? ", " + std::to_string(kept.plan->unneeded()) + " not needed" : std::string();
  std::cerr << "run " << place.run << ": " << graph << ": " << hits << " hit" << others << '\n';
  std::cout << kept.plan->tables() << "done in " << duration_text(0) << ": " << hits << " already there" << others
            << "; results in " << kept.store.root().string() << '\n';
  for (const auto& command : commands_after(asked, place.run_folder.empty() ? "" : place.run, kept.plan->has_tables(),
                                            std::string(kept.plan->last_node())))
    std::cout << "  " << command << '\n';
  return kDone;
}

int execute(Session& session, const RunOptions& options, const Words& words) {
  Part part(session, options.part);
  if (part.empty()) {
    std::cout << "nothing failed in the newest runs of " << session.graph.file << '\n';
    return kDone;
  }
  Plan& plan = part.plan();
  const bool something_to_do = plan.has_work();
  const JobPlace place = make_place(session.store, something_to_do);
  record_start(place, resolved_text(session.graph), command_text(options.graph, session.graph));
  remember_plugins(session.store, session.graph);
  EventLog events(place.run_folder.empty() ? "" : place.run_folder / kEventsFile);
  if (something_to_do) log_into(place.run_folder / kLogFile);
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
  LazyRunner runner(session.catalog);
  const Devices devices = something_to_do ? find_devices() : Devices{};
  const auto claims = devices.ids.empty() ? nullptr : std::make_shared<CardLeases>(session.store, devices.ids);
  Journal journal(events, *view);
  Execution execution({plan, session.store, session.sources, session.names}, Slots(devices, options.slots, claims),
                      runner, journal, {place, options.stop_at_failure, about(words)});
  const RunState state = execution.run();
  const Plan& now = part.whole_plan_now();
  const auto tables =
      make_tables({now, session.store, part.whole() ? failures_of(now, state) : failures_of(now, session.store)},
                  session.graph.tables);
  if (!tables.empty()) record_tables(place, to_json(tables).dump());
  const auto pictures = pictures_of(now, session.store, options.pictures);
  if (options.json) {
    print_json(state, tables);
  } else {
    print_text(state, tables, pictures, session, now, options, words);
    if (part.whole()) keep_plan(session, options.graph, words, tables);
  }
  return exit_code(state, execution.signal());
}

/// The graph of the command line, or that of an earlier run with what is set on top of its own settings.
void choose_graph(RunOptions& run) {
  if (run.graph.graph.empty() == run.id.empty())
    throw Error(ErrorKind::user, run.id.empty() ? "run takes a graph, or --id and the id of a run"
                                                : "run takes a graph or --id, not both");
  if (run.id.empty()) return;
  GraphOptions kept = kept_command(open_store(run.graph.store), run.id);
  kept.store = run.graph.store;
  kept.sets.insert(kept.sets.end(), run.graph.sets.begin(), run.graph.sets.end());
  kept.sweeps.insert(kept.sweeps.end(), run.graph.sweeps.begin(), run.graph.sweeps.end());
  kept.add_seeds += run.graph.add_seeds;
  if (!run.graph.device.empty()) kept.device = run.graph.device;
  run.graph = std::move(kept);
}

int run(const Words& words) {
  RunOptions run;
  Options options("run", "Runs what a graph still lacks and prints its tables.",
                  "Ctrl-C stops nodes at their next step and keeps finished work; a second one stops at once.");
  run.graph.add_to(options, /*graph_needed=*/false);
  run.part.add_to(options);
  options.value("--id", run.id, "instead of a graph: run again what this run ran, its graph as it was then");
  options.value("--slots", run.slots, "run at most so many nodes at a time; default: as many as the devices take");
  options.value("--notify", run.notify,
                "run this command at the end, at the first failure and on a stall, with the facts in RETORT_EVENT, "
                "RETORT_TEXT and others");
  options.value("--stall", run.stall, "seconds without news that are a stall; default 1800");
  options.value("--pictures", run.pictures,
                "folder for the pictures that the graph draws (GRAPH-NODE.png); default: here; none: nowhere");
  options.flag("--stop-at-failure", run.stop_at_failure, "stop at the first failure instead of going on with the rest");
  options.flag("--detach", run.detached, "leave it going in the background; `retort watch` shows it");
  options.value("--again", run.again, "only run this node, twice, and say whether it is deterministic; stores nothing");
  options.flag("--plain", run.plain, "one line a change of state, also on a terminal");
  options.flag("--json", run.json, "print the outcome as JSON");
  if (const auto code = options.parse(words)) return *code;
  choose_graph(run);
  std::signal(SIGPIPE, SIG_IGN);  // whoever stops reading what a run says does not stop the run
  if (!run.json)
    if (const auto kept = Kept::find(run.graph, words))
      if (const auto code = execute_kept(*kept, run.graph, words)) return *code;
  const auto session = Session::open(run.graph);
  if (!session) return kUsage;
  return run.again.empty() ? execute(*session, run, words) : run_again(*session, run.again, run.json);
}

}  // namespace

extern const Command run_command = {"", "run", "Run what a graph still lacks and print its tables", run};

}  // namespace retort
