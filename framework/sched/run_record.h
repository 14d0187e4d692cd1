#pragma once
// What a run leaves in its folder (events/run_folder.h) beside its log: made before it starts, added to when it ends.
#include <string>

#include "core/plugin_spec.h"
#include "plan/kept_plan.h"
#include "sched/job.h"
#include "store/store.h"

namespace retort {

/// In place of an id: the store took nothing down.
inline constexpr const char* kUnrecorded = "unrecorded";

/// The folder of a new run. In a store that cannot be written a run without work leaves no trace: its place has no
/// folder and the id kUnrecorded. With `must_write` that throws Error(store).
JobPlace make_place(const Store& store, bool must_write);

/// What is going to be run: the graph as resolved, and the command as it was typed. Nothing without a folder.
void record_start(const JobPlace& place, const std::string& graph, const std::string& command);

/// The tables as JSON, for the page of the run. A disk that takes no more is no reason to fail now.
void record_tables(const JobPlace& place, const std::string& tables);

/// All that a run leaves whose plan was kept and still holds: that it was, and what it found. `graph` is the name of
/// its file, `about` are further fields of its first event. False if the kept texts are gone.
bool record_kept(const KeptPlan& plan, const JobPlace& place, const std::string& graph, const Json& about);

}  // namespace retort
