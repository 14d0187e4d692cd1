#pragma once
// What a run begins with: its nodes as tasks of the scheduler, and the events that list them.
#include <functional>
#include <vector>

#include "events/run_state.h"
#include "plan/plan.h"
#include "sched/scheduler.h"

namespace retort {

std::vector<Scheduler::Task> tasks_of(const Plan& plan);

/// What a node is before anything ran: a hit, not needed, or waiting.
NodeStatus first_status(PlanState state);

/// Throws Error(device) naming a node that has to run and never can on these slots.
void check_devices(const Plan& plan, const Slots& slots);

/// Hands `event`, the run's first, to `write` with a part of the nodes, and the rest of them with events "nodes" that
/// follow: one event of all would be held in memory whole.
void list_nodes(const Plan& plan, SourceDigests& sources, Json event, const std::function<void(Json)>& write);

}  // namespace retort
