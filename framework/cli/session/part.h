#pragma once
// The part of a graph that the command line chooses, planned.
#include <memory>
#include <string>
#include <vector>

#include "cli/session/session.h"
#include "graph/select.h"

namespace retort {

struct PartOptions {
  std::vector<std::string> only;
  std::string from, until;
  bool only_failed = false;
  void add_to(Options& options);  ///< --only, --from, --until, --only-failed
};

class Part {
 public:
  /// Throws Error(user) for what the graph does not have.
  Part(Session& session, const PartOptions& options);

  bool whole() const { return !plan_; }
  /// --only-failed, and nothing failed.
  bool empty() const { return empty_; }
  Plan& plan() { return plan_ ? *plan_ : session_.plan; }
  /// The whole graph, planned against what is there now: tables must not leave out what was not chosen.
  Plan& whole_plan_now();

 private:
  Session& session_;
  Graph graph_;
  std::unique_ptr<Plan> plan_, now_;
  bool empty_ = false;
};

}  // namespace retort
