#include <iostream>

#include "cli/all.h"
#include "cli/kept.h"
#include "cli/session.h"
#include "events/view.h"
#include "plan/why.h"

namespace retort {
namespace {

Json plan_json(Session& session) {
  Json nodes = Json::array();
  for (size_t i = 0; i < session.plan.size(); ++i) {
    const PlannedNode& planned = session.plan.at(i);
    Json node = {{"name", session.graph.nodes[i].name},
                 {"type", session.graph.nodes[i].manifest->spec.type},
                 {"state", name_of(planned.state)},
                 {"reasons", own_reasons(session.plan, i, session.sources)}};
    if (!planned.key.empty()) node["key"] = planned.key;
    if (planned.seconds) node["seconds"] = *planned.seconds;
    nodes.push_back(std::move(node));
  }
  return {{"graph", session.graph.file},
          {"nodes", nodes},
          {"hit", session.plan.count(PlanState::hit)},
          {"run", session.plan.count(PlanState::run)},
          {"maybe", session.plan.count(PlanState::maybe)},
          {"not needed", session.plan.count(PlanState::unneeded)}};
}

void print_counts(size_t nodes, size_t hit, size_t run, size_t maybe, size_t unneeded) {
  std::cout << nodes << " nodes: " << hit << " hit, " << run << " run, " << maybe << " maybe";
  if (unneeded > 0) std::cout << ", " << unneeded << " not needed";
}

void print_text(Session& session) {
  double known = 0;
  size_t unknown = 0;
  for (size_t i = 0; i < session.plan.size(); ++i) {
    const PlannedNode& planned = session.plan.at(i);
    if (planned.state == PlanState::hit || planned.state == PlanState::unneeded) continue;
    std::cout << name_of(planned.state) << "  " << session.graph.nodes[i].name;
    const auto reasons = own_reasons(session.plan, i, session.sources);
    for (size_t r = 0; r < reasons.size(); ++r) std::cout << (r == 0 ? ": " : "; ") << reasons[r];
    if (planned.seconds) std::cout << " (took " << duration_text(*planned.seconds) << " last time)";
    std::cout << '\n';
    planned.seconds ? static_cast<void>(known += *planned.seconds) : static_cast<void>(++unknown);
  }
  print_counts(session.plan.size(), session.plan.count(PlanState::hit), session.plan.count(PlanState::run),
               session.plan.count(PlanState::maybe), session.plan.count(PlanState::unneeded));
  if (known > 0) std::cout << "; about " << duration_text(known) << " of work";
  if (known > 0 && unknown > 0) std::cout << " and " << unknown << " nodes never timed";
  std::cout << '\n';
}

}  // namespace

int plan_command(const Words& words) {
  GraphOptions graph;
  bool json = false, check = false;
  Options options("plan", "Says what would run and why, and runs nothing.",
                  "hit: the result is there; run: it is not; maybe: known once something above has run; "
                  "not needed: it is gone, and nothing that has to run wants it.");
  graph.add_to(options);
  options.flag("--json", json, "print as JSON");
  options.flag("--check", check, "exit with 3 if anything would run");
  if (const auto code = options.parse(words)) return *code;
  if (!json)
    if (const auto kept = Kept::find(graph, words)) {
      print_counts(kept->plan->hits() + kept->plan->unneeded(), kept->plan->hits(), 0, 0, kept->plan->unneeded());
      std::cout << '\n';
      return kDone;
    }
  const auto session = Session::open(graph);
  if (!session) return kUsage;
  if (json) {
    std::cout << plan_json(*session).dump(1) << '\n';
  } else {
    print_text(*session);
  }
  session->sources.save();
  if (!json) keep_plan(*session, words, make_tables(session->plan, nullptr));
  return check && session->plan.has_work() ? kWorkToDo : kDone;
}

}  // namespace retort
