#pragma once
// What the command line asks of a table, against the graph's own.
#include "tables/table.h"

namespace retort {

struct TableChoice {
  std::string node;                  ///< a table of this node instead of the graph's own
  std::vector<std::string> metrics;  ///< of `node`, or instead of those of the graph's tables
  std::optional<std::vector<std::string>> rows, columns, stats;
  std::vector<std::string> baseline;  ///< "axis=value"
  std::string best;                   ///< "max", "min"
  std::optional<double> confidence;

  bool empty() const;
};

/// The tables to make. Throws Error(user) with the nearest valid name for what the graph does not have.
std::vector<TableSpec> chosen_tables(const Graph& graph, const TableChoice& choice);

inline const std::vector<std::string> kTableStats = {"mean", "std", "ci", "n"};

}  // namespace retort
