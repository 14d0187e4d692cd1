#pragma once
// The tables of a graph, filled from the records that are there: means over replicates, with what is missing shown.
#include <map>
#include <string>
#include <vector>

#include "events/run_state.h"
#include "plan/plan.h"

namespace retort {

struct TableCell {
  std::vector<double> values;  ///< one a replicate that has a result
  size_t expected = 0;         ///< replicates there should be
  bool failed = false;
};

struct Table {
  std::string title;
  std::vector<std::string> labels;             ///< heads of the first columns: axes, or "node"
  std::vector<std::string> columns;            ///< heads of the value columns
  std::vector<std::vector<std::string>> rows;  ///< values of the label columns, row by row
  std::vector<std::vector<TableCell>> cells;   ///< [row][column]
};

/// `state` of a run that just ended tells failed cells from missing ones; may be null.
std::vector<Table> make_tables(const Plan& plan, const RunState* state);

/// "0.5234", "0.523 ± 0.004 (n=3)", "0.523 (1 of 3)", "failed", "missing".
std::string to_text(const TableCell& cell);
std::string to_text(const Table& table);  ///< aligned, with a line under the heads
std::string to_csv(const Table& table);   ///< a column each for mean, std and n
Json to_json(const Table& table);

}  // namespace retort
