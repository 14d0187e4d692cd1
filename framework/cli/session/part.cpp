#include "cli/session/part.h"

#include "cli/runs/last_runs.h"

namespace retort {

void PartOptions::add_to(Options& options) {
  options.list("--only", only, "only this cell or node: source=sc_dd,lr=0.1 (may be repeated)");
  options.flag("--only-failed", only_failed, "only what failed or was skipped in the newest runs of this graph");
  options.value("--from", from, "only this node and what hangs on it, and what they need");
  options.value("--until", until, "only up to this node");
}

Part::Part(Session& session, const PartOptions& options) : session_(session) {
  Selection selection{options.only, options.from, options.until, {}};
  if (options.only_failed) {
    for (const auto& [node, why] : failures_of(session.plan, session.store)) selection.nodes.push_back(node);
    empty_ = selection.nodes.empty();
  }
  if (selection.empty() || empty_) return;
  graph_ = part_of(session.graph, selected(session.graph, selection));
  plan_ = std::make_unique<Plan>(graph_, session.store, session.sources, session.names);
}

Plan& Part::whole_plan_now() {
  if (whole()) return session_.plan;
  now_ = std::make_unique<Plan>(session_.graph, session_.store, session_.sources, session_.names);
  return *now_;
}

}  // namespace retort
