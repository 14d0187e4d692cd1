#include <algorithm>
#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "cli/runs/graph_runs.h"
#include "cli/runs/run_list.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/system_text.h"
#include "events/counts.h"
#include "events/event_log.h"
#include "events/view.h"

namespace retort {
namespace {

constexpr size_t kShown = 50;

struct Line {
  RunHead head;
  std::string graph;  ///< as it would be typed here
  RunState state;
  double seconds() const { return std::max(0.0, head.last - head.started); }
};

/// Nothing for a run whose log says neither what it ran nor when; what is wrong with it is said.
std::optional<Line> line_of(const Store& store, const std::string& run) try {
  const auto head = run_head(store, run);
  if (!head) return std::nullopt;
  Line line{*head, typed_path(graph_of_run(store, run)), fold_log(store.runs() / run / kEventsFile)};
  if (head->status == kInterrupted)  // nothing runs any more
    for (auto& node : line.state.nodes)
      if (node.status == NodeStatus::running) node.status = NodeStatus::waiting;
  return line;
} catch (const Error& error) {
  std::cerr << "run " << run << ": " << error.what() << '\n';
  return std::nullopt;
}

/// The runs of one graph, or of all, newest first. Throws Error(user) with the nearest graph that was run.
std::vector<std::string> ids_of(const Store& store, const std::string& graph) {
  if (graph.empty()) return run_ids(store);
  std::vector<std::string> names;
  for (const auto& one : runs_by_graph(store)) {
    if (one.graph == path_of_graph(graph)) return one.runs;
    names.push_back(typed_path(one.graph));
  }
  const std::string near = nearest(graph, names);
  throw Error(ErrorKind::user,
              store.root().string() + " has no run of " + graph + (near.empty() ? "" : "; " + did_you_mean(near)));
}

Json json_of(const Line& line) {
  Json counts = Json::object();
  for (const NodeStatus status : kNodeStatuses)
    if (const size_t count = line.state.count(status); count > 0) counts[name_of(status)] = count;
  return {{"run", line.head.run},
          {"graph", text_of(line.graph)},
          {"title", line.head.title},
          {"started", line.head.started},
          {"status", line.head.status},
          {"seconds", line.seconds()},
          {"nodes", counts}};
}

void print(const std::vector<Line>& lines) {
  const auto width = [&](auto text) {
    size_t most = 0;
    for (const auto& line : lines) most = std::max(most, text(line).size());
    return static_cast<int>(most);
  };
  const auto lasted = [](const Line& line) { return duration_text(line.seconds()); };
  const int run = width([](const Line& line) { return line.head.run; }),
            status = width([](const Line& line) { return line.head.status; }), time = width(lasted),
            counts = width([](const Line& line) { return counts_text(line.state); });
  for (const auto& line : lines)
    std::cout << std::left << std::setw(run) << line.head.run << "  " << time_text(line.head.started) << "  "
              << std::setw(status) << line.head.status << "  " << std::right << std::setw(time) << lasted(line) << "  "
              << std::left << std::setw(counts) << counts_text(line.state) << "  " << line.graph << '\n';
}

int run(const Words& words) {
  std::string graph, store_option;
  bool json = false, all = false;
  Options options("runs",
                  "Lists the runs of the store, newest first: when, how they ended, what became of their nodes.",
                  "How long a run took is the time from its first event to its last.");
  options.argument("GRAPH", graph, "only runs of this graph; default: of all", /*required=*/false);
  options.value("--store", store_option, "folder of results");
  options.flag("--all", all, "list every run; default: the newest 50, with --json all");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const auto ids = ids_of(store, graph);
  std::vector<Line> lines;
  size_t looked_at = 0;
  for (const auto& id : ids) {
    if (!all && !json && lines.size() == kShown) break;
    ++looked_at;
    if (auto line = line_of(store, id)) lines.push_back(std::move(*line));
  }
  if (json) {
    Json list = Json::array();
    for (const auto& line : lines) list.push_back(json_of(line));
    std::cout << dump_text(list, 1) << '\n';
    return kDone;
  }
  print(lines);
  if (looked_at < ids.size()) std::cout << "and " << ids.size() - looked_at << " earlier (--all)\n";
  return kDone;
}

}  // namespace

extern const Command runs_command = {"", "runs", "List the runs of the store", run};

}  // namespace retort
