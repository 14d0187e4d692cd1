#include "plan/why.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/results/result_name.h"
#include "cli/runs/node_progress.h"
#include "cli/session/session.h"
#include "core/system_text.h"
#include "plan/compare.h"

namespace retort {
namespace {

/// The nodes asked for: the one named, else every node that is no hit.
std::vector<size_t> asked(const Session& session, const std::string& name) {
  if (!name.empty()) return {session.node(name)};
  std::vector<size_t> nodes;
  for (size_t i = 0; i < session.plan.size(); ++i)
    if (is_open(session.plan.at(i).state)) nodes.push_back(i);
  return nodes;
}

std::vector<std::string> reasons(Session& session, const std::string& node) {
  std::vector<std::string> lines;
  for (const size_t one : asked(session, node)) {
    std::vector<std::string> all = why(session.plan, one, session.sources, session.names.results());
    if (!node.empty() && is_open(session.plan.at(one).state))
      for (auto& line : standing(session, one)) all.push_back(std::move(line));
    for (auto& line : all)
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }
  if (lines.empty()) lines.push_back("nothing would run: every result is there");
  return lines;
}

/// A node of the graph as a result, whether it is there or not.
Record as_result(Session& session, size_t node) {
  const PlannedNode& planned = session.plan.at(node);
  if (planned.record) return session.plan.whole_record(node);
  Record record;
  record.key = planned.key;
  record.key_text =
      planned.key_text.empty() ? key_text(session.graph.nodes[node], {}, session.sources) : planned.key_text;
  record.type = session.graph.nodes[node].manifest->spec.type;
  record.about = {{"node", session.graph.nodes[node].name}, {"made_from", Json::object()}};
  for (const auto& [port, links] : session.graph.nodes[node].inputs)
    for (size_t i = 0; i < links.size(); ++i)
      record.about["made_from"][port + "[" + std::to_string(i) + "]"] = session.plan.at(links[i].node).key;
  return record;
}

std::vector<std::string> compared(const Store& store, const Record& before, const Record& after,
                                  const GraphNode* node) {
  if (before.type != after.type) return {"they are of different types: " + before.type + " -> " + after.type};
  auto lines = differences(store, before, after, node);
  if (lines.empty()) lines.push_back("they are one result: " + described(after));
  return lines;
}

std::vector<std::string> answer(GraphOptions& graph, const std::string& one, const std::string& other) {
  std::error_code none;
  if (!one.empty() && other.empty() && !std::filesystem::exists(graph.graph, none)) {
    const Store store = open_store(graph.store);
    const ResultNames results(store);
    return compared(store, results.find({graph.graph}), results.find({one}), nullptr);
  }
  graph.shows_only = true;
  const auto session = Session::open(graph);
  if (!session) return {};
  if (other.empty()) return reasons(*session, one);
  const size_t before = session->node(one), after = session->node(other);
  return compared(session->store, as_result(*session, before), as_result(*session, after),
                  &session->graph.nodes[after]);
}

int run(const Words& words) {
  GraphOptions graph;
  std::string one, other;
  bool json = false;
  Options options("why", "Explains why a node runs, waits, failed or is there; or what two results differ in.",
                  "retort why GRAPH [NODE]   first causes first\n"
                  "retort why GRAPH NODE NODE   two nodes or cells of a graph\n"
                  "retort why RESULT RESULT   by node, as RUN/NODE, or by the first digits of their keys");
  graph.add_to(options);
  options.argument("NODE", one, "the node; default: all that would run", /*required=*/false);
  options.argument("OTHER", other, "another node, to compare the two", /*required=*/false);
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  const std::vector<std::string> lines = answer(graph, one, other);
  if (lines.empty()) return kUsage;
  if (json) {
    std::cout << dump_text(Json(lines), 1) << '\n';
    return kDone;
  }
  for (const auto& line : lines) std::cout << line << '\n';
  return kDone;
}

}  // namespace

extern const Command why_command = {
    "", "why", "Explain why nodes run: the exact field, old and new value, where it was written", run};

}  // namespace retort
