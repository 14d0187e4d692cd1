#include "plan/why.h"

#include <algorithm>
#include <iostream>

#include "cli/all.h"
#include "cli/session.h"

namespace retort {
namespace {

/// The nodes asked for: the one named, else every node that is no hit.
std::vector<size_t> asked(const Session& session, const std::string& name) {
  if (!name.empty()) return {session.node(name)};
  std::vector<size_t> nodes;
  for (size_t i = 0; i < session.plan.size(); ++i)
    if (session.plan.at(i).state != PlanState::hit) nodes.push_back(i);
  return nodes;
}

}  // namespace

int why_command(const Words& words) {
  GraphOptions graph;
  std::string node;
  bool json = false;
  Options options("why", "Explains why a node runs, or since when its result is there; first causes first.");
  graph.add_to(options);
  options.argument("NODE", node, "the node; default: all that would run", /*required=*/false);
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  const auto session = Session::open(graph);
  if (!session) return kUsage;
  std::vector<std::string> lines;
  for (const size_t one : asked(*session, node))
    for (auto& line : why(session->plan, one, session->sources))
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  if (json) {
    std::cout << Json(lines).dump(1) << '\n';
    return kDone;
  }
  for (const auto& line : lines) std::cout << line << '\n';
  if (lines.empty()) std::cout << "nothing would run: every result is there\n";
  return kDone;
}

}  // namespace retort
