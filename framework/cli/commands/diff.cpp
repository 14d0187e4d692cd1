#include <iostream>

#include "cli/command.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/system_text.h"
#include "graph/select.h"
#include "plan/differ.h"
#include "tables/metrics.h"

namespace retort {
namespace {

/// The node of this name, else the first of the tables' node in this cell.
size_t node_of(const Session& session, const std::string& text, const std::string& base) {
  if (const auto node = session.find_node(text)) return *node;
  if (text.find('=') == std::string::npos || base.empty()) return session.node(text);
  Selection selection;
  selection.only = {text};
  size_t found = session.graph.nodes.size();
  for (const size_t i : selected(session.graph, selection))
    if (session.graph.nodes[i].base == base && found == session.graph.nodes.size()) found = i;
  if (found < session.graph.nodes.size()) return found;
  throw Error(ErrorKind::user, "node \"" + base + "\" has no cell " + text + "; --node names another node");
}

void print_text(const Session& session, size_t before, size_t after, const Difference& difference) {
  for (const size_t node : {before, after}) {
    const PlannedNode& planned = session.plan.at(node);
    std::cout << (node == before ? "- " : "+ ") << session.graph.nodes[node].name << "  "
              << (planned.state == PlanState::hit ? planned.key.substr(0, 12) : "no result") << '\n';
  }
  for (const auto& metric : difference.metrics)
    std::cout << metric.name << "  " << metric_text(metric.before) << " -> " << metric_text(metric.after) << "  ("
              << (metric.after < metric.before ? "" : "+") << metric_text(metric.after - metric.before) << ")\n";
  for (const auto& cause : difference.causes) std::cout << "because  " << cause << '\n';
  if (difference.causes.empty()) std::cout << "nothing is set otherwise\n";
}

Json to_json(const Session& session, size_t before, size_t after, const Difference& difference) {
  Json metrics = Json::object();
  for (const auto& metric : difference.metrics)
    metrics[metric.name] = {{"before", metric.before}, {"after", metric.after}};
  return {{"before", {{"node", session.graph.nodes[before].name}, {"key", session.plan.at(before).key}}},
          {"after", {{"node", session.graph.nodes[after].name}, {"key", session.plan.at(after).key}}},
          {"metrics", metrics},
          {"causes", difference.causes}};
}

int run(const Words& words) {
  GraphOptions graph;
  std::string a, b, base;
  bool json = false;
  Options options("diff", "Explains two cells, or two nodes, by what was set otherwise in all they are made of.",
                  "A and B are names of nodes, or cells of a node: source=noise,seed=1.");
  graph.add_to(options);
  options.argument("A", a, "the one");
  options.argument("B", b, "the other");
  options.value("--node", base, "the node whose cells A and B are; default: that of the graph's first table");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  graph.shows_only = true;
  const auto session = Session::open(graph);
  if (!session) return kUsage;
  if (base.empty() && !session->graph.tables.empty()) base = session->graph.tables[0].node;
  const size_t before = node_of(*session, a, base), after = node_of(*session, b, base);
  const Difference difference = difference_of(session->plan, before, after, session->sources);
  if (json)
    std::cout << dump_text(to_json(*session, before, after, difference), 1) << '\n';
  else
    print_text(*session, before, after, difference);
  return kDone;
}

}  // namespace

extern const Command diff_command = {"", "diff", "Explain two cells by what was set otherwise", run};

}  // namespace retort
