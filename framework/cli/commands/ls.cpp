#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "cli/results/results.h"
#include "cli/session/session.h"
#include "core/json_read.h"
#include "core/system_text.h"
#include "events/view.h"

namespace retort {
namespace {

struct Line {
  std::string key, state, name, type, detail;
};

Json json_of(const Line& line) {
  return {{"key", line.key}, {"state", line.state}, {"name", line.name}, {"type", line.type}, {"detail", line.detail}};
}

std::vector<Line> nodes_of(const Session& session) {
  std::vector<Line> lines;
  for (size_t i = 0; i < session.plan.size(); ++i) {
    const PlannedNode& planned = session.plan.at(i);
    const GraphNode& node = session.graph.nodes[i];
    lines.push_back({planned.key, name_of(planned.state), node.name, node.manifest->spec.type,
                     planned.record ? size_text(size_of(*planned.record)) : ""});
  }
  return lines;
}

std::vector<Line> results_of(const Store& store) {
  std::vector<Line> lines;
  for (const auto& record : all_results(store))
    lines.push_back({record.key, text_in(record.about, "created"), text_in(record.about, "node"), record.type,
                     size_text(size_of(record)) + ", " + duration_text(number_in(record.about, "seconds")) +
                         (record.from.empty() ? "" : ", in " + record.from)});
  return lines;
}

void print(const std::vector<Line>& lines) {
  size_t name = 0, type = 0;
  for (const auto& line : lines) name = std::max(name, line.name.size()), type = std::max(type, line.type.size());
  for (const auto& line : lines)
    std::cout << std::left << std::setw(12) << line.key.substr(0, 12) << "  " << line.state << "  "
              << std::setw(static_cast<int>(name)) << line.name << "  " << std::setw(static_cast<int>(type))
              << line.type << "  " << line.detail << '\n';
}

int run(const Words& words) {
  GraphOptions graph;
  bool json = false;
  Options options(
      "ls", "Lists the nodes of a graph with the state of their results; without a graph, all results of the store.");
  options.argument("GRAPH", graph.graph, "the graph; default: list the store", /*required=*/false);
  options.list("--set", graph.sets, "replace a value of the graph");
  options.value("--store", graph.store, "folder of results");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  std::vector<Line> lines;
  if (graph.graph.empty()) {
    lines = results_of(open_store(graph.store));
  } else {
    graph.shows_only = true;
    const auto session = Session::open(graph);
    if (!session) return kUsage;
    lines = nodes_of(*session);
  }
  if (!json) return print(lines), kDone;
  Json all = Json::array();
  for (const auto& line : lines) all.push_back(json_of(line));
  std::cout << dump_text(all, 1) << '\n';
  return kDone;
}

}  // namespace

extern const Command ls_command = {"", "ls", "List the nodes of a graph, or the results of the store", run};

}  // namespace retort
