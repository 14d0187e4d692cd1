#pragma once
// A table as people and programs read it.
#include <string>
#include <vector>

#include "tables/table.h"

namespace retort {

/// "0.5234", "0.523 ± 0.004 (n=3)", "0.523 [0.518, 0.528] (n=2 of 3: 1 failed)", "failed", "stale 0.52", "" for a cell
/// the sweep does not have. With a difference to the baseline: "0.523 (n=3), Δ +0.012 [0.003, 0.021]". Every number
/// with `decimals`; without, four digits of a mean and two of a deviation, but a count that is the same in every
/// replicate in full and alone: "30720 (n=3), Δ +200".
std::string to_text(const TableCell& cell, const std::vector<std::string>& stats, std::optional<int> decimals = {});

/// Decimals that show two digits of the uncertainty (the standard deviation if the table shows it, else half the
/// interval) of the metric's cell in the middle: one number for all its columns. None where no cell has an uncertainty.
std::optional<int> decimals_of(const Table& table, const std::string& metric);

std::string to_text(const Table& table);      ///< aligned, with a line under the heads, flags and notes below
std::string to_markdown(const Table& table);  ///< a pipe table
std::string to_latex(const Table& table);     ///< a tabular, for \input
/// One line a row; a value column becomes mean, std, n, low, high (the interval's ends) and state, and with a baseline
/// difference, its ends and its n.
std::string to_csv(const Table& table);
/// One line a replicate: what the statistics are made of.
std::string to_long_csv(const Table& table);
/// "decimals" holds decimals_of each value column, or null.
Json to_json(const Table& table);
Json to_json(const std::vector<Table>& tables);  ///< a list of them

/// "3 of 6 results of this table carry warnings, …:" and a line for each kind; none without warnings.
std::vector<std::string> warning_lines(const TableWarnings& warnings);

/// Lines below a table: what its signs mean, rows that differ in what is no axis, notes, warnings.
std::vector<std::string> remarks(const Table& table);

}  // namespace retort
