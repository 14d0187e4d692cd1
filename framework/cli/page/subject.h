#pragma once
// What `report` and `serve` show, from what is named on the command line: a graph, or a run of the store.
#include <filesystem>
#include <optional>
#include <string>

#include "cli/session/session.h"
#include "report/page.h"
#include "report/sheets.h"
#include "report/subject.h"

namespace retort {

/// A graph: its plan, with what its newest run adds (times, failures, what is going on). Nothing if the graph cannot be
/// used, which was printed.
std::optional<Subject> subject_of_graph(const GraphOptions& options);

/// A run as it was, or is. Throws Error(user) if the store has no such run.
Subject subject_of_run(const Store& store, const std::string& run);

/// The elements of its page, all of them.
PageParts page_parts(const Subject& subject, const Store& store, const SheetLimits& limits);
/// One of them: "data", "details", "curves", "sheets", "tables"; null for another name.
Json page_part(const std::string& id, const Subject& subject, const Store& store, const SheetLimits& limits);

/// Whether the name is that of a run, not of a graph file. Throws Error(user) if it is neither.
bool names_a_run(const Store& store, const std::string& name);

}  // namespace retort
