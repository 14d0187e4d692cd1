// The forms of a table that programs read.
#include "tables/write.h"

namespace retort {
namespace {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string text;
  for (size_t i = 0; i < fields.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(fields[i]);
  return text + "\n";
}

std::string exact(double value) { return Json(value).dump(); }
std::string exact(const std::optional<double>& value) { return value ? exact(*value) : ""; }

/// "there", or what is not: "1 failed of 3".
std::string state_of(const TableCell& cell) {
  if (cell.observations.empty()) return "";
  for (const ResultState state : {ResultState::failed, ResultState::stale, ResultState::missing})
    if (const size_t count = cell.count(state); count > 0)
      return std::string(name_of(state)) + " " + std::to_string(count) + " of " +
             std::to_string(cell.observations.size());
  return "there";
}

bool has_baseline(const Table& table) {
  for (const auto& row : table.cells)
    for (const auto& cell : row)
      if (cell.baseline || cell.difference) return true;
  return false;
}

void add_ends(std::vector<std::string>& fields, const Summary& summary) {
  fields.push_back(summary.interval ? exact(summary.low()) : "");
  fields.push_back(summary.interval ? exact(summary.high()) : "");
}

std::vector<std::string> csv_cell(const TableCell& cell, bool baseline) {
  const Summary& summary = cell.summary;
  std::vector<std::string> fields = {summary.n ? exact(summary.mean) : "", exact(summary.deviation),
                                     std::to_string(summary.n)};
  add_ends(fields, summary);
  fields.push_back(state_of(cell));
  if (!baseline) return fields;
  const Summary difference = cell.difference.value_or(Summary());
  fields.push_back(difference.n ? exact(difference.mean) : "");
  add_ends(fields, difference);
  fields.push_back(difference.n ? std::to_string(difference.n) : "");
  return fields;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Json summary_json(const Summary& summary) {
  Json json = {{"n", summary.n}};
  if (summary.n > 0) json["mean"] = summary.mean;
  if (summary.deviation) json["std"] = *summary.deviation;
  if (summary.interval) json["low"] = summary.low(), json["high"] = summary.high();
  return json;
}

Json observation_json(const Observation& one) {
  Json json = {{"node", one.node}, {"state", name_of(one.state)}};
  if (!one.replicate.empty()) json["replicate"] = one.replicate;
  if (!one.point.empty()) json["point"] = one.point;
  if (!one.key.empty()) json["key"] = one.key;
  if (one.value) json["value"] = *one.value;
  if (!one.problem.empty()) json["problem"] = one.problem;
  return json;
}

Json cell_json(const TableCell& cell) {
  Json json = summary_json(cell.summary);
  json["values"] = cell.values();
  json["expected"] = cell.expected();
  json["failed"] = cell.count(ResultState::failed) > 0;
  json["results"] = Json::array();
  for (const auto& one : cell.observations) json["results"].push_back(observation_json(one));
  if (cell.difference) json["difference"] = summary_json(*cell.difference);
  if (cell.image_difference) json["image_difference"] = summary_json(*cell.image_difference);
  if (cell.baseline) json["baseline"] = true;
  if (cell.best) json["best"] = true;
  return json;
}

}  // namespace

std::string to_csv(const Table& table) {
  const bool baseline = has_baseline(table);
  std::vector<std::string> line = table.labels;
  for (const auto& column : table.columns) {
    append(line, {column, column + " std", column + " n", column + " low", column + " high", column + " state"});
    if (baseline)
      append(line, {column + " difference", column + " difference low", column + " difference high",
                    column + " difference n"});
  }
  std::string text = csv_line(line);
  for (size_t row = 0; row < table.rows.size(); ++row) {
    line = table.rows[row];
    for (const auto& cell : table.cells[row]) append(line, csv_cell(cell, baseline));
    text += csv_line(line);
  }
  return text;
}

std::string to_long_csv(const Table& table) {
  std::vector<std::string> line = table.labels;
  append(line, {"column", "metric", "replicate", "state", "value", "node", "key", "problem"});
  std::string text = csv_line(line);
  for (size_t row = 0; row < table.rows.size(); ++row)
    for (size_t column = 0; column < table.columns.size(); ++column)
      for (const auto& one : table.cells[row][column].observations) {
        line = table.rows[row];
        append(line, {table.columns[column], table.metrics[column], one.replicate, name_of(one.state), exact(one.value),
                      one.node, one.key, one.problem});
        text += csv_line(line);
      }
  return text;
}

Json to_json(const Table& table) {
  Json rows = Json::array();
  for (size_t row = 0; row < table.rows.size(); ++row) {
    Json line = {{"label", Json::object()}, {"cells", Json::object()}};
    for (size_t i = 0; i < table.labels.size(); ++i) line["label"][table.labels[i]] = table.rows[row][i];
    for (size_t i = 0; i < table.columns.size(); ++i) line["cells"][table.columns[i]] = cell_json(table.cells[row][i]);
    if (!table.flags[row].empty()) line["flags"] = table.flags[row];
    rows.push_back(std::move(line));
  }
  Json decimals = Json::array();
  for (const auto& metric : table.metrics) {
    const std::optional<int> shown = decimals_of(table, metric);
    decimals.push_back(shown ? Json(*shown) : Json(nullptr));
  }
  Json kinds = Json::array();
  for (const auto& kind : table.warnings.kinds)
    kinds.push_back({{"node", kind.node}, {"text", kind.text}, {"results", kind.results}});
  const Json warnings = {{"results", table.warnings.results},
                         {"carrying", table.warnings.carrying},
                         {"lines", warning_lines(table.warnings)},
                         {"kinds", kinds}};
  Json json = {
      {"title", table.title},           {"labels", table.labels}, {"columns", table.columns}, {"decimals", decimals},
      {"confidence", table.confidence}, {"rows", rows},           {"notes", table.notes},     {"warnings", warnings}};
  if (!table.slope.empty()) json["slope"] = table.slope;
  return json;
}

Json to_json(const std::vector<Table>& tables) {
  Json all = Json::array();
  for (const auto& table : tables) all.push_back(to_json(table));
  return all;
}

}  // namespace retort
