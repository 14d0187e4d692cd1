#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/runs/graph_runs.h"
#include "cli/runs/run_view.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/files.h"
#include "core/nearest.h"
#include "events/event_log.h"
#include "sched/job.h"

namespace retort {
namespace {

/// A node that printed nothing has no log.
int print_output(const Store& store, const std::string& run, const std::string& name) {
  const RunState state = fold_log(store.runs() / run / kEventsFile);
  const auto found = node_in_run(store, run, name);
  const auto file = store.runs() / run / log_name(found ? found->node : name);
  std::error_code none;
  if (std::filesystem::exists(file, none)) {
    std::cout << read_file(file);
    return kDone;
  }
  if (found && !state.find(found->node)->slot.empty()) return kDone;
  std::vector<std::string> names;
  for (const auto& node : state.nodes) names.push_back(node.name);
  const std::string near = found ? "" : nearest(name, names);
  const std::string why = found ? " (" + found->reason + ")" : near.empty() ? "" : "; " + did_you_mean(near);
  throw Error(ErrorKind::user, "\"" + name + "\" did not run in run " + run + why);
}

/// The run whose node is meant where no run was named: the newest of the one graph that has such a node.
std::string run_of_node(const Store& store, const std::string& name) {
  std::vector<NodeInRun> all;
  std::string text = "\"" + name + "\" may mean the node of:";
  for (const auto& graph : runs_by_graph(store)) {
    const auto node = node_in_graph(store, graph, name);
    if (!node) continue;
    all.push_back(*node);
    text += "\n  retort log " + shell_word(typed_path(graph.graph)) + " --node " + shell_word(node->node) + "   run " +
            node->run + ", " + time_text(node->time);
  }
  if (all.size() == 1) return all.front().run;
  if (all.size() > 1) throw Error(ErrorKind::user, text);
  return run_folder(store, "").filename().string();
}

int run(const Words& words) {
  std::string run, node, store;
  bool json = false;
  Options options("log", "Shows what happened in a run, or what one of its nodes printed.");
  options.argument("RUN", run, "id of the run, or a graph: its newest run; default: the newest", /*required=*/false);
  options.value("--node", node, "print the output of this node");
  options.value("--store", store, "folder of results");
  options.flag("--json", json, "print the events as they are");
  if (const auto code = options.parse(words)) return *code;
  const Store opened = open_store(store);
  if (!node.empty())
    return print_output(opened, run.empty() ? run_of_node(opened, node) : run_folder(opened, run).filename().string(),
                        node);
  const auto folder = run_folder(opened, run);
  RunState state;
  std::vector<std::string> problems;
  const auto events = read_events(folder / kEventsFile, nullptr, &problems);
  for (const auto& problem : problems) std::cerr << problem << '\n';
  for (const auto& event : events) {
    state.apply(event);
    if (json) {
      std::cout << event.dump() << '\n';
    } else if (const std::string line = plain_line(state, event); !line.empty()) {
      std::cout << line << '\n';
    }
  }
  if (json) return kDone;
  const bool killed = state.status == "running" && !has_writer(folder / kEventsFile);
  std::cout << (killed ? "killed" : state.status) << " after " << duration_text(state.last - state.started) << '\n';
  return kDone;
}

}  // namespace

extern const Command log_command = {"", "log", "Show what happened in a run", run};

}  // namespace retort
