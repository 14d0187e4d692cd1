#include "cli/tables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace retort {
namespace {

std::string number(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Of the sample (n - 1).
double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

const Json* metric_of(const Record& record, const std::string& name) {
  for (const auto& [port, output] : record.outputs)
    if (output.kind == "metrics" && output.meta.contains(name) && output.meta[name].is_number())
      return &output.meta[name];
  return nullptr;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Fills one table, row by row in the order of the graph.
class TableMaker {
 public:
  TableMaker(const Plan& plan, const TableSpec& spec, const RunState* state)
      : plan_(plan), spec_(spec), state_(state) {}

  Table make() {
    table_.title = spec_.title;
    if (spec_.list.empty()) {
      from_sweep();
    } else {
      from_list();
    }
    for (auto& row : table_.cells) row.resize(table_.columns.size());
    return std::move(table_);
  }

 private:
  void from_list() {
    table_.labels = {"node"};
    for (const auto& row : spec_.list)
      for (size_t i = 0; i < plan_.size(); ++i) {
        const GraphNode& node = plan_.graph().nodes[i];
        if (node.name == row.node || node.base == row.node) add(i, {row.label}, "");
      }
  }

  void from_sweep() {
    table_.labels = row_axes();
    for (size_t i = 0; i < plan_.size(); ++i) {
      const GraphNode& node = plan_.graph().nodes[i];
      if (node.base != spec_.node && node.name != spec_.node) continue;
      std::vector<std::string> label;
      for (const auto& axis : table_.labels) label.push_back(value_of(node, axis));
      std::string head;
      for (const auto& axis : spec_.columns) head += (head.empty() ? "" : ", ") + axis + "=" + value_of(node, axis);
      add(i, label, head);
    }
    if (table_.labels.empty()) {
      table_.labels = {"node"};
      for (auto& row : table_.rows) row = {spec_.node};
    }
  }

  static std::string value_of(const GraphNode& node, const std::string& axis) {
    const auto it = node.cell.find(axis);
    return it == node.cell.end() ? "" : it->second;
  }

  /// The declared ones, then every axis of the nodes that the table does not use otherwise: nothing is merged unseen.
  std::vector<std::string> row_axes() const {
    std::vector<std::string> axes = spec_.rows;
    for (const auto& node : plan_.graph().nodes) {
      if (node.base != spec_.node) continue;
      for (const auto& [axis, value] : node.cell)
        if (!contains(axes, axis) && !contains(spec_.columns, axis) && !contains(plan_.graph().replicates, axis))
          axes.push_back(axis);
    }
    return axes;
  }

  void add(size_t node, const std::vector<std::string>& label, const std::string& head) {
    for (const auto& metric : spec_.metrics) {
      TableCell& cell = cell_at(label, head.empty() ? metric : spec_.metrics.size() == 1 ? head : head + " " + metric);
      ++cell.expected;
      const NodeView* view = state_ ? state_->find(plan_.graph().nodes[node].name) : nullptr;
      if (view && (view->status == NodeStatus::failed || view->status == NodeStatus::skipped)) cell.failed = true;
      if (plan_.at(node).state != PlanState::hit) continue;
      if (const Json* value = metric_of(*plan_.at(node).record, metric)) cell.values.push_back(value->get<double>());
    }
  }

  TableCell& cell_at(const std::vector<std::string>& label, const std::string& column) {
    const size_t row = index_of(table_.rows, label), place = index_of(table_.columns, column);
    table_.cells.resize(table_.rows.size());
    auto& cells = table_.cells[row];
    if (cells.size() <= place) cells.resize(place + 1);
    return cells[place];
  }

  template <class T>
  static size_t index_of(std::vector<T>& all, const T& one) {
    const auto it = std::find(all.begin(), all.end(), one);
    if (it != all.end()) return static_cast<size_t>(it - all.begin());
    all.push_back(one);
    return all.size() - 1;
  }

  const Plan& plan_;
  const TableSpec& spec_;
  const RunState* state_;
  Table table_;
};

/// Columns a terminal needs for UTF-8 text: its characters, all of width one here.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t to) { return text + std::string(to - width(text), ' '); }

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::vector<Table> make_tables(const Plan& plan, const RunState* state) {
  std::vector<Table> tables;
  for (const auto& spec : plan.graph().tables) tables.push_back(TableMaker(plan, spec, state).make());
  return tables;
}

std::string to_text(const TableCell& cell) {
  if (cell.expected == 0) return "";
  if (cell.values.empty()) return cell.failed ? "failed" : "missing";
  const std::string of = cell.values.size() < cell.expected ? " of " + std::to_string(cell.expected) : "";
  if (cell.values.size() == 1) return number(cell.values[0], 4) + (of.empty() ? "" : " (1" + of + ")");
  return number(mean(cell.values), 4) + " ± " + number(deviation(cell.values), 2) +
         " (n=" + std::to_string(cell.values.size()) + of + ")";
}

std::string to_text(const Table& table) {
  std::vector<std::vector<std::string>> lines;
  lines.push_back(table.labels);
  lines[0].insert(lines[0].end(), table.columns.begin(), table.columns.end());
  for (size_t row = 0; row < table.rows.size(); ++row) {
    lines.push_back(table.rows[row]);
    for (const auto& cell : table.cells[row]) lines.back().push_back(to_text(cell));
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
  return text;
}

std::string to_csv(const Table& table) {
  std::string text;
  const auto add = [&](std::string field, bool last = false) { text += csv_field(field) + (last ? "\n" : ","); };
  for (const auto& label : table.labels) add(label);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    add(table.columns[i]);
    add(table.columns[i] + " std");
    add(table.columns[i] + " n", i + 1 == table.columns.size());
  }
  for (size_t row = 0; row < table.rows.size(); ++row) {
    for (const auto& value : table.rows[row]) add(value);
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const auto& values = table.cells[row][i].values;
      add(values.empty() ? "" : Json(mean(values)).dump());
      add(values.size() < 2 ? "" : Json(deviation(values)).dump());
      add(std::to_string(values.size()), i + 1 == table.columns.size());
    }
  }
  return text;
}

Json to_json(const Table& table) {
  Json rows = Json::array();
  for (size_t row = 0; row < table.rows.size(); ++row) {
    Json line = {{"label", Json::object()}, {"cells", Json::object()}};
    for (size_t i = 0; i < table.labels.size(); ++i) line["label"][table.labels[i]] = table.rows[row][i];
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const TableCell& cell = table.cells[row][i];
      Json one = {{"values", cell.values}, {"expected", cell.expected}, {"failed", cell.failed}};
      if (!cell.values.empty()) one["mean"] = mean(cell.values);
      if (cell.values.size() > 1) one["std"] = deviation(cell.values);
      line["cells"][table.columns[i]] = std::move(one);
    }
    rows.push_back(std::move(line));
  }
  return {{"title", table.title}, {"rows", rows}};
}

}  // namespace retort
