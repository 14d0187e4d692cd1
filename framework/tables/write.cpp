#include "tables/write.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace retort {
namespace {

using Lines = std::vector<std::vector<std::string>>;

using Decimals = std::optional<int>;  ///< the same for all numbers of a metric; none: significant digits

std::string number(double value, int digits, Decimals decimals = {}) {
  char text[64];
  if (decimals && std::abs(value) < 1e15)
    std::snprintf(text, sizeof text, "%.*f", *decimals, value);
  else
    std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string with_sign(double value, Decimals decimals) { return (value < 0 ? "" : "+") + number(value, 3, decimals); }

/// A count that is the same in every replicate, as costs are: it has no uncertainty to show, and every digit counts.
bool is_exact_count(const Summary& summary) {
  return summary.n > 1 && summary.deviation == 0 && summary.mean == std::round(summary.mean) &&
         std::abs(summary.mean) < 1e15;
}

bool shows(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string ends(const Summary& summary, Decimals decimals) {
  return " [" + number(summary.low(), 4, decimals) + ", " + number(summary.high(), 4, decimals) + "]";
}

/// "1 failed, 2 missing": what is not there.
std::string absences(const TableCell& cell) {
  std::string text;
  const auto add = [&](size_t count, const std::string& what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  for (const ResultState state : {ResultState::failed, ResultState::stale, ResultState::missing})
    add(cell.count(state), name_of(state));
  add(static_cast<size_t>(
          std::count_if(cell.observations.begin(), cell.observations.end(),
                        [](const Observation& one) { return one.state == ResultState::there && !one.value; })),
      "without this metric");
  return text;
}

/// A cell without a value of its own.
std::string absent_text(const TableCell& cell, Decimals decimals) {
  const size_t all = cell.observations.size();
  if (cell.count(ResultState::there) == all) return "no such metric";
  for (const ResultState state : {ResultState::failed, ResultState::missing})
    if (cell.count(state) == all) return name_of(state);
  if (cell.count(ResultState::stale) < all) return absences(cell);
  std::vector<double> before;
  for (const auto& one : cell.observations)
    if (one.value) before.push_back(*one.value);
  return before.empty() ? "stale" : "stale " + number(summary_of(before, 0.95).mean, 4, decimals);
}

/// Decimals of each value column.
std::vector<Decimals> decimals_of(const Table& table) {
  std::vector<Decimals> all;
  for (const auto& metric : table.metrics) all.push_back(decimals_of(table, metric));
  return all;
}

/// Columns a terminal needs for UTF-8 text: its characters, all of width one here.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t to) { return text + std::string(to - width(text), ' '); }

std::vector<std::string> heads(const Table& table) {
  std::vector<std::string> line = table.labels;
  line.insert(line.end(), table.columns.begin(), table.columns.end());
  return line;
}

bool any_cell(const Table& table, bool (*what)(const TableCell&)) {
  for (const auto& row : table.cells)
    for (const auto& cell : row)
      if (what(cell)) return true;
  return false;
}

std::string label_of(const Table& table, size_t row) {
  std::string text;
  for (const auto& value : table.rows[row]) text += (text.empty() ? "" : ", ") + value;
  return text;
}

std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& one) {
      return text.compare(at, one.first.size(), one.first) == 0;
    });
    result += found == pairs.end() ? text.substr(at, 1) : found->second;
    at += found == pairs.end() ? 1 : found->first.size();
  }
  return result;
}

std::string latex(const std::string& text) {
  return replaced(text, {{"\\", "\\textbackslash{}"},
                         {"&", "\\&"},
                         {"%", "\\%"},
                         {"$", "\\$"},
                         {"#", "\\#"},
                         {"_", "\\_"},
                         {"{", "\\{"},
                         {"}", "\\}"},
                         {"~", "\\textasciitilde{}"},
                         {"^", "\\textasciicircum{}"},
                         {"±", "$\\pm$"},
                         {"Δ", "$\\Delta$"}});
}

std::string markdown(const std::string& text) {
  return replaced(text, {{"|", "\\|"}, {"*", "\\*"}, {"_", "\\_"}, {"<", "&lt;"}, {"\n", " "}});
}

}  // namespace

std::optional<int> decimals_of(const Table& table, const std::string& metric) {
  std::vector<double> spreads;
  for (const auto& row : table.cells)
    for (size_t column = 0; column < row.size(); ++column) {
      if (table.metrics[column] != metric) continue;
      const Summary& summary = row[column].summary;
      const double spread = (shows(table.stats, "std") ? summary.deviation : summary.interval).value_or(0);
      if (spread > 0) spreads.push_back(spread);
    }
  if (spreads.empty()) return std::nullopt;
  const auto middle = spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2);
  std::nth_element(spreads.begin(), middle, spreads.end());
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(*middle))), 0, 9);
}

std::string to_text(const TableCell& cell, const std::vector<std::string>& stats, std::optional<int> decimals) {
  if (cell.observations.empty()) return "";
  const Summary& summary = cell.summary;
  if (summary.n == 0) return absent_text(cell, decimals);
  const bool exact = !decimals && is_exact_count(summary);
  if (exact) decimals = 0;
  std::string text = number(summary.mean, 4, decimals);
  if (!exact && shows(stats, "std") && summary.deviation) text += " ± " + number(*summary.deviation, 2, decimals);
  if (!exact && shows(stats, "ci") && summary.interval) text += ends(summary, decimals);
  const std::string gone = absences(cell);
  const std::string n = "n=" + std::to_string(summary.n);
  if (!gone.empty())
    text += " (" + n + " of " + std::to_string(cell.expected()) + ": " + gone + ")";
  else if (shows(stats, "n") && summary.n > 1)
    text += " (" + n + ")";
  if (cell.difference) {
    text += ", Δ " + with_sign(cell.difference->mean, decimals);
    if (cell.difference->interval && !(exact && is_exact_count(*cell.difference)))
      text += ends(*cell.difference, decimals);
  }
  return text;
}

std::vector<std::string> warning_lines(const TableWarnings& warnings) {
  if (warnings.carrying == 0) return {};
  const auto of = [&](size_t some) { return std::to_string(some) + " of " + std::to_string(warnings.results); };
  std::vector<std::string> lines = {of(warnings.carrying) +
                                    " results of this table carry warnings, their own or of what they were made from:"};
  for (const auto& kind : warnings.kinds)
    lines.push_back("  " + kind.node + " (" + of(kind.results) + "): " + kind.text);
  return lines;
}

std::vector<std::string> remarks(const Table& table) {
  std::vector<std::string> lines;
  const std::string percent = number(100 * table.confidence, 4) + " %";
  if (any_cell(table, [](const TableCell& cell) { return cell.best; }))
    lines.push_back("*: better than every other of its column; each " + percent +
                    " interval of the paired differences excludes 0");
  if (any_cell(table, [](const TableCell& cell) { return cell.difference.has_value(); }))
    lines.push_back("Δ: paired difference to the baseline on equal seeds, " + percent + " interval");
  if (!table.slope.empty())
    lines.push_back("slopes over " + table.slope + ", least squares, one a replicate; " + percent +
                    " intervals: bootstrap over replicates");
  else if (shows(table.stats, "ci"))
    lines.push_back("[low, high]: " + percent + " interval of the mean (Student's t)");
  for (size_t row = 0; row < table.flags.size(); ++row)
    for (const auto& flag : table.flags[row])
      lines.push_back("! " + label_of(table, row) + " differs in what is no axis: " + flag);
  for (const auto& note : table.notes) lines.push_back("! " + note);
  for (const auto& line : warning_lines(table.warnings)) lines.push_back("! " + line);
  return lines;
}

std::string to_text(const Table& table) {
  const std::vector<Decimals> decimals = decimals_of(table);
  Lines lines = {heads(table)};
  for (size_t row = 0; row < table.rows.size(); ++row) {
    lines.push_back(table.rows[row]);
    for (size_t column = 0; column < table.cells[row].size(); ++column) {
      const TableCell& cell = table.cells[row][column];
      lines.back().push_back(to_text(cell, table.stats, decimals[column]) + (cell.best ? " *" : ""));
    }
  }
  std::vector<size_t> widths(lines[0].size(), 0);
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  std::string text = table.title.empty() ? "" : table.title + "\n";
  for (size_t at = 0; at < lines.size(); ++at) {
    std::string line;
    for (size_t i = 0; i < lines[at].size(); ++i) line += (i == 0 ? "" : "  ") + padded(lines[at][i], widths[i]);
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (at > 0) continue;
    size_t total = 2 * (widths.size() - 1);
    for (const size_t one : widths) total += one;
    text += std::string(total, '-') + "\n";
  }
  for (const auto& line : remarks(table)) text += line + "\n";
  return text;
}

std::string to_markdown(const Table& table) {
  const std::vector<Decimals> decimals = decimals_of(table);
  std::string text = table.title.empty() ? "" : "**" + markdown(table.title) + "**\n\n";
  std::string under = "|";
  text += "|";
  for (const auto& head : heads(table)) text += " " + markdown(head) + " |", under += " --- |";
  text += "\n" + under + "\n";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    text += "|";
    for (const auto& value : table.rows[row]) text += " " + markdown(value) + " |";
    for (size_t column = 0; column < table.cells[row].size(); ++column) {
      const TableCell& cell = table.cells[row][column];
      const std::string value = markdown(to_text(cell, table.stats, decimals[column]));
      text += cell.best ? " **" + value + "** |" : " " + value + " |";
    }
    text += "\n";
  }
  const auto below = remarks(table);
  for (size_t i = 0; i < below.size(); ++i) text += (i == 0 ? "\n- " : "- ") + markdown(below[i]) + "\n";
  return text;
}

std::string to_latex(const Table& table) {
  const std::vector<Decimals> decimals = decimals_of(table);
  std::string text = table.title.empty() ? "" : "% " + table.title + "\n";
  text += "\\begin{tabular}{" + std::string(table.labels.size() + table.columns.size(), 'l') + "}\n\\hline\n";
  const auto add = [&](const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) text += (i == 0 ? "" : " & ") + fields[i];
    text += " \\\\\n";
  };
  std::vector<std::string> line;
  for (const auto& head : heads(table)) line.push_back(latex(head));
  add(line);
  text += "\\hline\n";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    line.clear();
    for (const auto& value : table.rows[row]) line.push_back(latex(value));
    for (size_t column = 0; column < table.cells[row].size(); ++column) {
      const TableCell& cell = table.cells[row][column];
      const std::string value = latex(to_text(cell, table.stats, decimals[column]));
      line.push_back(cell.best ? "\\textbf{" + value + "}" : value);
    }
    add(line);
  }
  text += "\\hline\n\\end{tabular}\n";
  for (const auto& remark : remarks(table)) text += "% " + remark + "\n";
  return text;
}

}  // namespace retort
