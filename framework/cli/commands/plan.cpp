#include <iostream>

#include "cli/command.h"
#include "cli/results/results.h"
#include "cli/runs/last_runs.h"
#include "cli/session/finished_plan.h"
#include "cli/session/part.h"
#include "core/error.h"
#include "core/system_text.h"
#include "events/view.h"
#include "plan/plan_cost.h"
#include "plan/why.h"

namespace retort {
namespace {

constexpr size_t kPage = 50;  // lines

/// Which of some lines are shown: all, or those of one page.
struct Page {
  size_t number = 0;  ///< from 1; 0: all
  bool shows(size_t line) const { return number == 0 || line / kPage + 1 == number; }
};

/// "240 nodes in 36 cells: 209 hit, 31 run, 0 maybe"
std::string counts_text(size_t nodes, size_t cells, size_t hit, size_t run, size_t maybe, size_t unneeded) {
  std::string text = std::to_string(nodes) + " nodes" + (cells > 1 ? " in " + std::to_string(cells) + " cells" : "") +
                     ": " + std::to_string(hit) + " hit, " + std::to_string(run) + " run, " + std::to_string(maybe) +
                     " maybe";
  return unneeded > 0 ? text + ", " + std::to_string(unneeded) + " not needed" : text;
}

class PlanReport {
 public:
  PlanReport(Session& session, const Plan& plan, Page page)
      : session_(session),
        plan_(plan),
        page_(page),
        prices_(session.store, session.catalog),
        cost_(cost_of(plan, prices_, session.sources)) {
    prices_.save();
  }

  void print_json() const {
    Json json = {{"graph", plan_.graph().file}, {"cells", plan_.graph().cells}, {"nodes", Json::array()}};
    for (size_t i = 0; i < plan_.size(); ++i)
      if (page_.shows(i)) json["nodes"].push_back(node_json(i));
    for (const PlanState state : {PlanState::hit, PlanState::run, PlanState::maybe, PlanState::unneeded})
      json[name_of(state)] = plan_.count(state);
    json["results"] = cost_.results;
    json["seconds"] = cost_.seconds;
    json["unknown"] = cost_.unknown;
    json["bytes"] = cost_.bytes;
    json["critical_path"] = {{"seconds", cost_.critical_seconds}, {"nodes", Json::array()}};
    for (const size_t i : cost_.critical_path) json["critical_path"]["nodes"].push_back(plan_.graph().nodes[i].name);
    std::cout << dump_text(json, 1) << '\n';
  }

  void print_text() const {
    size_t line = 0;
    for (size_t i = 0; i < plan_.size(); ++i)
      if (is_open(plan_.at(i).state) && page_.shows(line++)) print_line(i);
    if (const size_t pages = (line + kPage - 1) / kPage; page_.number > 0 && pages > 1)
      std::cout << "page " << page_.number << " of " << pages << " (--page N, --all)\n";
    std::cout << summary() << '\n';
    if (cost_.critical_path.size() > 1) std::cout << "longest: " << path_text() << '\n';
  }

 private:
  Json node_json(size_t i) const {
    const PlannedNode& planned = plan_.at(i);
    const Price& price = cost_.of[i];
    Json node = {{"name", plan_.graph().nodes[i].name},
                 {"type", plan_.graph().nodes[i].manifest->spec.type},
                 {"state", name_of(planned.state)},
                 {"reasons", own_reasons(plan_, i, session_.sources)}};
    if (!planned.key.empty()) node["key"] = planned.key;
    if (price.seconds) node["seconds"] = *price.seconds;
    if (price.bytes) node["bytes"] = *price.bytes;
    return node;
  }

  void print_line(size_t i) const {
    std::cout << name_of(plan_.at(i).state) << "  " << plan_.graph().nodes[i].name;
    if (const std::string reasons = reasons_text(plan_, i, session_.sources); !reasons.empty())
      std::cout << ": " << reasons;
    if (cost_.of[i].seconds) std::cout << " (about " << duration_text(*cost_.of[i].seconds) << ")";
    std::cout << '\n';
  }

  /// "240 nodes in 36 cells: 209 hit, 31 run, 0 maybe; about 14 min on cpu; 1.2 MiB to store".
  std::string summary() const {
    const auto count = [&](PlanState state) { return plan_.count(state); };
    std::string text = counts_text(plan_.size(), plan_.graph().cells, count(PlanState::hit), count(PlanState::run),
                                   count(PlanState::maybe), count(PlanState::unneeded));
    const size_t open = count(PlanState::run) + count(PlanState::maybe);
    if (cost_.results < open)
      text += "; " + std::to_string(cost_.results) + " results, the others are equal to one of them";
    for (const auto& [device, seconds] : cost_.seconds) text += "; about " + duration_text(seconds) + " on " + device;
    if (!cost_.seconds.empty() && cost_.unknown > 0) text += "; " + std::to_string(cost_.unknown) + " never timed";
    if (cost_.bytes > 0) text += "; " + size_text(cost_.bytes) + " to store";
    return text;
  }

  std::string path_text() const {
    std::string text;
    for (const size_t i : cost_.critical_path) text += (text.empty() ? "" : " -> ") + plan_.graph().nodes[i].name;
    return text + " (about " + duration_text(cost_.critical_seconds) + ")";
  }

  Session& session_;
  const Plan& plan_;
  Page page_;
  Prices prices_;
  PlanCost cost_;
};

int run(const Words& words) {
  GraphOptions graph;
  PartOptions part;
  size_t page = 0;
  bool json = false, check = false, all = false;
  Options options("plan", "Says what would run and why, what it will cost, and runs nothing.",
                  "hit: the result is there; run: it is not; maybe: known once something above has run; "
                  "not needed: it is gone, and nothing that has to run wants it.\n"
                  "Seconds and bytes are learned from results that are in the store.");
  graph.add_to(options);
  part.add_to(options);
  options.flag("--json", json, "print as JSON");
  options.flag("--check", check, "exit with 3 if anything would run");
  options.value("--page", page, "which 50 lines to show; default: the first, with --json all");
  options.flag("--all", all, "show every line");
  if (const auto code = options.parse(words)) return *code;
  if (!json)
    if (const auto kept = Kept::find(graph, words)) {
      std::cout << counts_text(kept->plan->hits() + kept->plan->unneeded(), kept->plan->cells(), kept->plan->hits(), 0,
                               0, kept->plan->unneeded())
                << '\n';
      return kDone;
    }
  const auto session = Session::open(graph);
  if (!session) return kUsage;
  Part chosen(*session, part);
  if (chosen.empty()) {
    std::cout << "nothing failed in the newest runs of " << session->graph.file << '\n';
    return kDone;
  }
  const Plan& plan = chosen.plan();
  const PlanReport report(*session, plan, {all ? 0 : page == 0 && !json ? 1 : page});
  if (json)
    report.print_json();
  else
    report.print_text();
  session->sources.save();
  if (!json && chosen.whole() && !plan.has_work())
    keep_plan(*session, graph, words, make_tables({plan, session->store, {}}, session->graph.tables));
  return check && plan.has_work() ? kWorkToDo : kDone;
}

}  // namespace

extern const Command plan_command = {"", "plan", "Say what would run, and why", run};

}  // namespace retort
