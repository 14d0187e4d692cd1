#pragma once
// The way a command without work takes: its plan as the last one left it (plan/kept_plan.h).
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/session/session.h"
#include "plan/kept_plan.h"
#include "tables/write.h"

namespace retort {

/// A store with a plan of these words that still holds: nothing has to run.
struct Kept {
  Store store;
  std::unique_ptr<KeptPlan> plan;

  /// Null if the plan has to be made. Neither makes a store nor complains.
  static std::unique_ptr<Kept> find(const GraphOptions& options, const Words& words);
};

/// Keeps the plan for the next command of the same words, if nothing of it has to run.
void keep_plan(const Session& session, const GraphOptions& options, const Words& words,
               const std::vector<Table>& tables);

}  // namespace retort
