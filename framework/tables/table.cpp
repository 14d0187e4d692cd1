#include "tables/table.h"

#include <algorithm>
#include <set>

#include "tables/best.h"
#include "tables/metrics.h"
#include "tables/slope.h"
#include "tables/unlike.h"
#include "tables/warned.h"

namespace retort {
namespace {

using Axes = std::map<std::string, std::string>;  ///< axis → value

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Fills one table, row by row in the order of the graph.
class TableMaker {
 public:
  TableMaker(const TableSource& source, const TableSpec& spec)
      : source_(source), plan_(source.plan), graph_(source.plan.graph()), spec_(spec) {}

  Table make() {
    table_.title = spec_.title;
    table_.stats = spec_.stats;
    table_.confidence = spec_.confidence;
    if (spec_.slope) table_.slope = description_of(*spec_.slope);
    if (spec_.list.empty())
      from_sweep();
    else
      from_list();
    for (auto& row : table_.cells) row.resize(table_.columns.size());
    summarise();
    flag_rows();
    return std::move(table_);
  }

 private:
  void from_list() {
    table_.labels = {"node"};
    for (const auto& row : spec_.list)
      for (size_t i = 0; i < plan_.size(); ++i)
        if (graph_.nodes[i].name == row.node || graph_.nodes[i].base == row.node) add_listed(i, row.label);
  }

  /// Cells of a swept node are rows of their own: nothing is merged unseen.
  void add_listed(size_t index, std::string label) {
    for (const auto& [axis, value] : graph_.nodes[index].cell)
      if (!contains(graph_.replicates, axis)) label += " " + axis + "=" + value;
    add(index, {{"node", label}}, {label}, {}, "");
  }

  void from_sweep() {
    table_.labels = row_axes();
    for (size_t i = 0; i < plan_.size(); ++i) {
      const GraphNode& node = graph_.nodes[i];
      if (node.base != spec_.node && node.name != spec_.node) continue;
      std::vector<std::string> label;
      Axes row, column;
      for (const auto& axis : table_.labels) label.push_back(row[axis] = value_of(node, axis));
      std::string head;
      for (const auto& axis : spec_.columns)
        head += (head.empty() ? "" : ", ") + axis + "=" + (column[axis] = value_of(node, axis));
      add(i, row, label, column, head);
    }
    if (!table_.labels.empty()) return;
    table_.labels = {"node"};
    for (auto& row : table_.rows) row = {spec_.node};
  }

  static std::string value_of(const GraphNode& node, const std::string& axis) {
    const auto it = node.cell.find(axis);
    return it == node.cell.end() ? "" : it->second;
  }

  /// The declared ones, then every axis of the nodes that the table does not use otherwise: nothing is merged unseen.
  std::vector<std::string> row_axes() const {
    std::vector<std::string> axes = spec_.rows;
    for (const auto& axis : graph_.axes) {
      if (contains(axes, axis.name) || contains(spec_.columns, axis.name)) continue;
      if (spec_.slope && spec_.slope->axis == axis.name) continue;
      const auto varies = [&](const GraphNode& node) { return node.base == spec_.node && node.cell.count(axis.name); };
      if (std::any_of(graph_.nodes.begin(), graph_.nodes.end(), varies)) axes.push_back(axis.name);
    }
    return axes;
  }

  std::string replicate_of(const GraphNode& node) const {
    std::string text;
    for (const auto& axis : graph_.replicates)
      if (node.cell.count(axis)) text += (text.empty() ? "" : ",") + node.cell.at(axis);
    return text;
  }

  Observation observation(size_t index, const std::string& metric) {
    const PlannedNode& planned = plan_.at(index);
    Observation one;
    one.index = index;
    one.node = graph_.nodes[index].name;
    one.replicate = replicate_of(graph_.nodes[index]);
    if (spec_.slope) one.point = value_of(graph_.nodes[index], spec_.slope->axis);
    const Record* record = nullptr;
    if (planned.state == PlanState::hit) {
      one.state = ResultState::there;
      record = &*planned.record;
    } else if (const auto failed = source_.failures.find(one.node); failed != source_.failures.end()) {
      one.state = ResultState::failed;
      one.problem = failed->second;
    } else if (planned.previous && planned.previous_is_own) {
      one.state = ResultState::stale;
      record = &*planned.previous;
    }
    if (!record) return one;
    one.key = record->key;
    if (const Json* value = metric_of(*record, metric)) one.value = value->get<double>();
    if (!one.value && one.state == ResultState::there) note_absence(graph_.nodes[index].base, metric);
    return one;
  }

  /// Once for all results of a node.
  void note_absence(const std::string& node, const std::string& metric) {
    if (absent_.emplace(node, metric).second) note(no_such_metric(node, metric, metric_names(plan_, node)));
  }

  void note(const std::string& text) {
    if (!contains(table_.notes, text)) table_.notes.push_back(text);
  }

  void add(size_t node, const Axes& row, const std::vector<std::string>& label, const Axes& column,
           const std::string& head) {
    for (const auto& metric : spec_.metrics) {
      const std::string what = (spec_.slope ? "slope of " : "") + metric;
      const std::string name = head.empty() ? what : spec_.metrics.size() == 1 ? head : head + " " + what;
      const auto [r, new_row] = row_index_.try_emplace(label, table_.rows.size());
      if (new_row) {
        table_.rows.push_back(label);
        table_.cells.emplace_back();
        row_by_axes_.emplace(row, r->second);
        row_axes_.push_back(row);
      }
      const auto [c, new_column] = column_index_.try_emplace(name, table_.columns.size());
      if (new_column) {
        table_.columns.push_back(name);
        table_.metrics.push_back(metric);
        column_axes_.push_back(column);
      }
      auto& cells = table_.cells[r->second];
      if (cells.size() <= c->second) cells.resize(c->second + 1);
      cells[c->second].observations.push_back(observation(node, metric));
    }
  }

  void summarise() {
    for (auto& row : table_.cells)
      for (auto& cell : row) {
        if (spec_.slope) cell.slopes = slopes_of(cell, *spec_.slope);
        cell.summary =
            spec_.slope ? bootstrap_of(cell.values(), spec_.confidence) : summary_of(cell.values(), spec_.confidence);
      }
    Comparison comparison(source_, spec_, table_);
    if (!spec_.baseline.empty())
      for (size_t r = 0; r < table_.rows.size(); ++r)
        for (size_t c = 0; c < table_.columns.size(); ++c) compare(r, c, comparison);
    comparison.mark_best();
  }

  void compare(size_t row, size_t column, Comparison& comparison) {
    TableCell& cell = table_.cells[row][column];
    if (cell.observations.empty()) return;
    TableCell* baseline = baseline_of(row, column);
    if (baseline == &cell)
      cell.baseline = true;
    else if (baseline)
      comparison.compare(cell, *baseline);
  }

  /// The cell with the baseline's values on the axes it names, and this cell's own on the others.
  TableCell* baseline_of(size_t row, size_t column) {
    Axes wanted_row = row_axes_[row], wanted_column = column_axes_[column];
    for (const auto& [axis, value] : spec_.baseline) {
      if (wanted_row.count(axis)) wanted_row[axis] = value;
      if (wanted_column.count(axis)) wanted_column[axis] = value;
    }
    const auto r = row_by_axes_.find(wanted_row);
    if (r == row_by_axes_.end()) return nullptr;
    for (size_t c = 0; c < column_axes_.size(); ++c)
      if (column_axes_[c] == wanted_column && table_.metrics[c] == table_.metrics[column])
        return &table_.cells[r->second][c];
    return nullptr;
  }

  void flag_rows() {
    std::optional<Unlike> reference;
    std::set<size_t> compared;  // a node stands in the columns of several metrics
    table_.flags.resize(table_.rows.size());
    for (size_t r = 0; r < table_.rows.size(); ++r)
      for (const auto& cell : table_.cells[r])
        for (const auto& one : cell.observations) {
          if (one.state != ResultState::there || !compared.insert(one.index).second) continue;
          try {
            if (!reference) reference.emplace(plan_, one.index);
            for (auto& line : reference->differences(one.index))
              if (!contains(table_.flags[r], line)) table_.flags[r].push_back(std::move(line));
          } catch (const Error& gone) {  // collected or damaged since the plan was made
            if (!contains(table_.notes, gone.what())) table_.notes.push_back(gone.what());
          }
        }
    table_.warnings = warnings_among(plan_, compared);
  }

  const TableSource& source_;
  const Plan& plan_;
  const Graph& graph_;
  const TableSpec& spec_;
  Table table_;
  std::map<std::vector<std::string>, size_t> row_index_;
  std::map<std::string, size_t> column_index_;
  std::map<Axes, size_t> row_by_axes_;
  std::vector<Axes> row_axes_, column_axes_;
  std::set<std::pair<std::string, std::string>> absent_;  ///< node, metric
};

}  // namespace

const char* name_of(ResultState state) {
  switch (state) {
    case ResultState::there:
      return "there";
    case ResultState::stale:
      return "stale";
    case ResultState::failed:
      return "failed";
    case ResultState::missing:
      break;
  }
  return "missing";
}

std::vector<double> TableCell::values() const {
  std::vector<double> all;
  if (slopes) {
    for (const auto& [replicate, slope] : *slopes) all.push_back(slope);
    return all;
  }
  for (const auto& one : observations)
    if (one.state == ResultState::there && one.value) all.push_back(*one.value);
  return all;
}

size_t TableCell::expected() const {
  if (!slopes) return observations.size();
  std::set<std::string> replicates;
  for (const auto& one : observations) replicates.insert(one.replicate);
  return replicates.size();
}

size_t TableCell::count(ResultState state) const {
  return static_cast<size_t>(std::count_if(observations.begin(), observations.end(),
                                           [&](const Observation& one) { return one.state == state; }));
}

std::vector<Table> make_tables(const TableSource& source, const std::vector<TableSpec>& specs) {
  std::vector<Table> tables;
  for (const auto& spec : specs) tables.push_back(TableMaker(source, spec).make());
  return tables;
}

}  // namespace retort
