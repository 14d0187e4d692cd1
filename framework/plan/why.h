#pragma once
// Why a node runs: its key text beside that of its newest result, field by field, with the place the new value was
// written at; and for what runs only because something above it does, that first change.
#include <string>
#include <vector>

#include "plan/plan.h"

namespace retort {

/// One field that differs: `losses[1].weight 0.005 -> 0.01 (graphs/q.json:24:61)`.
struct FieldChange {
  KeyField field;             ///< its value is the new one
  std::string before, after;  ///< empty: absent
  std::string rewired;        ///< of an input: the nodes it came from, "draw -> part", if they are others
  std::string place;          ///< where the new value was written; "default" if nobody did; empty if it has no place
};
std::string to_string(const FieldChange& change);

/// Differences of two key texts. Of a component that was replaced only the replacement is named, not its parameters; of
/// code that changed only the files.
/// Without a graph's node places are unknown.
std::vector<FieldChange> changes(const std::string& before, const std::string& after, const GraphNode* node);

/// Why this node is not a hit, without what lies above it: one line each. Empty for a hit and for a node that only
/// waits.
std::vector<std::string> own_reasons(const Plan& plan, size_t node, SourceDigests& sources);
/// Reasons in one line: the first three, and how many more there are.
std::string one_line(const std::vector<std::string>& reasons);
/// Why this node is not a hit, in one line.
std::string reasons_text(const Plan& plan, size_t node, SourceDigests& sources);

/// Lines "node: reason" for the node and everything above it that is no hit, first causes first: what changed in an
/// input that was computed anew stands before that input. A node that never had a result is compared with the nearest
/// result of its type. For a hit one line that says since when, and what it was carried over from.
std::vector<std::string> why(const Plan& plan, size_t node, SourceDigests& sources, ResultIndex& results);

/// "result 0123456789ab of 2026-01-02T03:04:05Z, run …, carried over from 0123456789ab: …"
std::string described(const Record& record);

}  // namespace retort
