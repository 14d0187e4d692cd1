#pragma once
// Tables: metrics of results, ordered by the axes of a sweep. Replicates of a cell are averaged; what is missing,
// failed or stale stays visible; rows that differ in something that is no axis say so.
//
//   std::vector<Table> tables = make_tables({plan, store, failures}, plan.graph().tables);
//   std::cout << to_text(tables[0]);
#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "tables/statistics.h"

namespace retort {

enum class ResultState {
  there,    ///< the result of exactly this node is in the store
  stale,    ///< only an earlier result of this node is: something it depends on changed since
  failed,   ///< no result, and the newest run of the graph says why
  missing,  ///< no result
};
const char* name_of(ResultState state);

/// One replicate of one cell.
struct Observation {
  size_t index = 0;       ///< of the node in the graph
  std::string node;       ///< "score{source=noise,seed=1}"
  std::string replicate;  ///< values of the replicate axes: "1"; empty without any. Equal ones are paired
  std::string point;      ///< value of the axis that a slope is taken over; empty in other tables
  ResultState state = ResultState::missing;
  std::string key;              ///< of the result that `value` is from; empty if there is none
  std::optional<double> value;  ///< of a result that is there or stale, if it has the metric
  std::string problem;          ///< of a failure: what the run said
};

struct TableCell {
  std::vector<Observation> observations;                ///< empty: the sweep has no such cell
  std::optional<std::map<std::string, double>> slopes;  ///< of a table of slopes: replicate → slope
  Summary summary;                                      ///< of the values that are there
  std::optional<Summary> difference;                    ///< to the baseline's cell, over replicates that both have
  std::optional<Summary> image_difference;  ///< the same over test images, each averaged over replicates; see best.h
  bool baseline = false;
  bool best = false;  ///< better than every other of its column, and each paired interval excludes zero

  std::vector<double> values() const;  ///< that are there; of a table of slopes: the slopes
  size_t expected() const;             ///< how many there would be: replicates
  size_t count(ResultState state) const;
};

/// What results of a table, or results they stand on, were warned of.
struct TableWarnings {
  struct Kind {
    std::string node;    ///< before multiplication: "images"
    std::string text;    ///< of the first; equal ones but for numbers are one kind
    size_t results = 0;  ///< of the table that carry it, of their own or of what they were made from
  };
  size_t results = 0;   ///< of the table that are there, of whatever metric
  size_t carrying = 0;  ///< of these, with a warning
  std::vector<Kind> kinds;
};

struct Table {
  std::string title;
  std::vector<std::string> labels;              ///< heads of the first columns: axes, or "node"
  std::vector<std::string> columns;             ///< heads of the value columns
  std::vector<std::string> metrics;             ///< of each value column
  std::vector<std::vector<std::string>> rows;   ///< values of the label columns, row by row
  std::vector<std::vector<TableCell>> cells;    ///< [row][column]
  std::vector<std::vector<std::string>> flags;  ///< of each row: what differs from the first one and is no axis
  std::vector<std::string> notes;               ///< about the table as a whole
  TableWarnings warnings;
  std::vector<std::string> stats;  ///< what texts show of a cell: mean, std, ci, n
  std::string slope;               ///< what slopes are taken over, in words; empty: cells are values
  double confidence = 0.95;
};

struct TableSource {
  const Plan& plan;
  const Store& store;
  std::map<std::string, std::string> failures;  ///< node → what the newest run that tried it said
};

std::vector<Table> make_tables(const TableSource& source, const std::vector<TableSpec>& specs);

}  // namespace retort
