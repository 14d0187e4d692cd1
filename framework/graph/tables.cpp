#include "graph/tables.h"

#include <algorithm>
#include <map>

#include "graph/keys.h"
#include "graph/slope.h"
#include "graph/value_name.h"

namespace retort {
namespace {

class TableReader {
 public:
  TableReader(Reading& reading, const Sweep& sweep, const std::vector<GraphNode>& nodes)
      : reading_(reading), sweep_(sweep) {
    for (const auto& node : nodes) nodes_[node.base].push_back(&node);
  }

  TableSpec read(const Json& json, const Marks& marks) {
    TableSpec table;
    if (!json.is_object()) {
      reading_.error(marks.value, "a table is an object, got " + shown(json));
      return table;
    }
    refuse_unknown(reading_, {json, marks}, kTableKeys, "table");
    table.title = text(json, marks, "title", false);
    table.metrics = names(json, marks, "metrics");
    if (table.metrics.empty() && (!json.contains("metrics") || json["metrics"].is_array()))
      reading_.error(marks.value, "a table needs \"metrics\"", "write {\"metrics\": [\"accuracy_last\"]}");
    if (json.contains("rows") && json["rows"].is_object()) {
      read_list(table, json, marks);
    } else {
      read_grid(table, json, marks);
    }
    if (table.title.empty()) table.title = table.node;
    read_statistics(table, json, marks);
    if (table.slope && !json.contains("stat")) table.stats = {"mean", "ci", "n"};
    return table;
  }

  /// "collect" of the sweep: one metric of one node, by all axes.
  TableSpec collect(const Json& json, const Marks& marks) {
    TableSpec table;
    if (!json.is_object()) {
      reading_.error(marks.value, "\"collect\" expects object, got " + shown(json),
                     "write {\"metric\": \"node.metric\", \"stat\": [\"mean\", \"ci95\"]}");
      return table;
    }
    refuse_unknown(reading_, {json, marks}, {"metric", "over", "stat"}, "\"collect\"");
    const Mark mark = marks.at("metric").value;
    const std::string metric = text(json, marks, "metric", true);
    const size_t dot = metric.find('.');
    if (!metric.empty() && (dot == std::string::npos || dot + 1 == metric.size()))
      reading_.error(mark, in_quotes(metric) + " names no metric of a node", "write \"node.metric\"");
    else if (!metric.empty() && check_node(metric.substr(0, dot), mark))
      table.node = metric.substr(0, dot), table.metrics = {metric.substr(dot + 1)};
    table.title = metric;
    check_over(json, marks);
    read_statistics(table, json, marks);
    return table;
  }

 private:
  void check_over(const Json& json, const Marks& marks) {
    const std::string over = text(json, marks, "over", false);
    if (over.empty() || over == sweep_.replicate) return;
    const std::vector<std::string> valid =
        sweep_.replicate.empty() ? std::vector<std::string>() : std::vector<std::string>{sweep_.replicate};
    reading_.error(
        marks.at("over").value, "\"over\": there is no replicate axis " + in_quotes(over),
        valid.empty() ? "the sweep has no \"replicate\"" : name_hint(over, choices(valid), "replicate axes"));
  }

  void read_statistics(TableSpec& table, const Json& json, const Marks& marks) {
    if (json.contains("stat")) read_stats(table, json, marks);
    if (const auto found = json.find("confidence"); found != json.end()) {
      if (found->is_number() && *found > 0 && *found < 1)
        table.confidence = *found;
      else
        reading_.error(marks.at("confidence").value,
                       "table: \"confidence\" lies between 0 and 1, got " + shown(*found));
    }
    table.best = text(json, marks, "best", false);
    if (!table.best.empty() && table.best != "max" && table.best != "min")
      reading_.error(marks.at("best").value,
                     "table: \"best\" is " + in_quotes(table.best) + ", must be \"max\" or \"min\"");
    if (json.contains("baseline"))
      read_baseline(table, json["baseline"], marks.at("baseline"));
    else if (sweep_.has_baseline && table.list.empty())
      for (size_t i = 0; i < sweep_.axes.size(); ++i) {
        std::string& value = table.baseline[sweep_.axes[i].name];  // empty: the baseline has no such axis
        if (sweep_.baseline[i] != kAbsent) value = sweep_.axes[i].values[sweep_.baseline[i]].name;
      }
  }

  /// "ci95" is "ci" with its confidence.
  void read_stats(TableSpec& table, const Json& json, const Marks& marks) {
    const std::vector<std::string> valid = {"mean", "std", "ci", "n"};
    const auto given = names(json, marks, "stat");
    table.stats.clear();
    for (size_t i = 0; i < given.size(); ++i) {
      const bool with_percent = given[i].size() == 4 && given[i].rfind("ci", 0) == 0 && std::isdigit(given[i][2]) &&
                                std::isdigit(given[i][3]);
      if (with_percent) table.confidence = std::stod(given[i].substr(2)) / 100;
      const std::string stat = with_percent ? "ci" : given[i];
      if (std::find(valid.begin(), valid.end(), stat) != valid.end())
        table.stats.push_back(stat);
      else
        reading_.error(marks.at("stat").at(i).value, "table: there is no statistic " + in_quotes(given[i]),
                       name_hint(given[i], choices(valid), "statistics"));
    }
  }

  void read_baseline(TableSpec& table, const Json& json, const Marks& marks) {
    if (!table.list.empty()) {
      std::vector<std::string> labels;
      for (const auto& row : table.list) labels.push_back(row.label);
      if (json.is_string() && std::find(labels.begin(), labels.end(), json.get<std::string>()) != labels.end())
        table.baseline["node"] = json;
      else
        reading_.error(marks.value, "table: \"baseline\" expects one of its rows, got " + shown(json),
                       name_hint(json.is_string() ? json.get<std::string>() : "", choices(labels), "rows"));
      return;
    }
    if (!json.is_object())
      return reading_.error(marks.value, "table: \"baseline\" expects object, got " + shown(json),
                            "write {\"axis\": value}");
    for (const auto& [name, value] : json.items()) read_baseline_value(table, name, value, marks.at(name));
  }

  void read_baseline_value(TableSpec& table, const std::string& name, const Json& value, const Marks& marks) {
    std::vector<std::string> axes, values;
    for (const auto& axis : sweep_.axes) {
      axes.push_back(axis.name);
      for (const auto& one : axis.values)
        if (axis.name == name) values.push_back(one.name);
    }
    const std::string wanted = value_name(value);
    std::optional<size_t> found = name_meant(wanted, values);
    for (const auto& axis : sweep_.axes)
      if (axis.name == name && axis.find(value)) found = name_meant(axis.values[*axis.find(value)].name, values);
    if (values.empty())
      reading_.error(marks.key, "table: there is no axis " + in_quotes(name), name_hint(name, choices(axes), "axes"));
    else if (!found)
      reading_.error(marks.value, "table: axis " + in_quotes(name) + " has no value " + in_quotes(wanted),
                     name_hint(wanted, choices(values), "values"));
    else
      table.baseline[name] = values[*found];
  }

  std::string text(const Json& json, const Marks& marks, const std::string& name, bool required) {
    const auto found = json.find(name);
    if (found != json.end() && found->is_string()) return *found;
    if (found != json.end())
      reading_.error(marks.at(name).value, "table: " + in_quotes(name) + " expects string, got " + shown(*found));
    else if (required)
      reading_.error(marks.value, "a table needs " + in_quotes(name));
    return "";
  }

  std::vector<std::string> names(const Json& json, const Marks& marks, const std::string& name) {
    std::vector<std::string> result;
    const auto found = json.find(name);
    if (found == json.end()) return result;
    const Marks& at = marks.at(name);
    if (!found->is_array()) {
      reading_.error(at.value, "table: " + in_quotes(name) + " expects a list of names, got " + shown(*found));
      return result;
    }
    for (size_t i = 0; i < found->size(); ++i)
      if ((*found)[i].is_string())
        result.push_back((*found)[i]);
      else
        reading_.error(at.at(i).value, "table: " + in_quotes(name) + " expects names, got " + shown((*found)[i]));
    return result;
  }

  bool check_node(const std::string& name, Mark mark) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) {
      std::vector<std::string> all;
      for (const auto& [one, instances] : nodes_) all.push_back(one);
      reading_.error(mark, "table: there is no node " + in_quotes(name), name_hint(name, choices(all), "nodes"));
      return false;
    }
    const Manifest* manifest = found->second.front()->manifest;
    if (!manifest) return false;
    const auto& outputs = manifest->spec.outputs;
    if (std::any_of(outputs.begin(), outputs.end(), [](const PortSpec& one) { return one.kind == "metrics"; }))
      return true;
    reading_.error(mark, "table: node " + in_quotes(name) + " (" + manifest->spec.type + ") writes no metrics");
    return false;
  }

  void read_list(TableSpec& table, const Json& json, const Marks& marks) {
    for (const char* name : {"node", "columns", "slope"})
      if (json.contains(name))
        reading_.error(marks.at(name).key, "table: " + in_quotes(name) + " does not go with rows that name nodes");
    const Json& rows = json["rows"];
    const Marks& at = marks.at("rows");
    std::vector<std::pair<std::pair<uint32_t, uint32_t>, TableSpec::Row>> found;  // as they are written
    for (const auto& [label, node] : rows.items()) {
      const Marks& row = at.at(label);
      if (!node.is_string())
        reading_.error(row.value, "table: row " + in_quotes(label) + " expects a node, got " + shown(node));
      else if (check_node(node, row.value))
        found.push_back({{row.key.source, row.key.offset}, {label, node}});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, row] : found) table.list.push_back(std::move(row));
  }

  void read_grid(TableSpec& table, const Json& json, const Marks& marks) {
    table.node = text(json, marks, "node", true);
    table.rows = names(json, marks, "rows");
    table.columns = names(json, marks, "columns");
    std::vector<std::string> axes;
    for (const auto& axis : sweep_.axes) axes.push_back(axis.name);
    check_axes(table, marks, axes);
    if (json.contains("slope")) read_slope(reading_, sweep_, {json["slope"], marks.at("slope")}, table);
    if (json.contains("slope") && !table.slope) return;  // said already
    if (table.node.empty() || !check_node(table.node, marks.at("node").value)) return;
    check_complete(table, marks);
  }

  void check_axes(const TableSpec& table, const Marks& marks, const std::vector<std::string>& axes) {
    for (const char* side : {"rows", "columns"}) {
      const auto& used = side == std::string("rows") ? table.rows : table.columns;
      for (size_t i = 0; i < used.size(); ++i) {
        const Mark mark = marks.at(side).at(i).value;
        if (used[i] == sweep_.replicate && !used[i].empty())
          reading_.error(mark, "table: replicates are averaged over, " + in_quotes(used[i]) + " is no axis of a table");
        else if (std::find(axes.begin(), axes.end(), used[i]) == axes.end())
          reading_.error(mark, "table: there is no axis " + in_quotes(used[i]),
                         name_hint(used[i], choices(axes), "axes"));
      }
    }
  }

  /// An axis of the command line becomes a row without being named.
  void check_complete(const TableSpec& table, const Marks& marks) {
    const auto& instances = nodes_[table.node];
    for (const auto& axis : sweep_.axes) {
      const auto is_it = [&](const GraphNode* one) { return one->cell.count(axis.name) > 0; };
      const auto in = [&](const std::vector<std::string>& side) {
        return std::find(side.begin(), side.end(), axis.name) != side.end();
      };
      if (in(table.rows) || in(table.columns) || reading_.texts.file(axis.mark.source).empty()) continue;
      if (table.slope && table.slope->axis == axis.name) continue;
      if (std::any_of(instances.begin(), instances.end(), is_it))
        reading_.error(marks.value, "table: node " + in_quotes(table.node) + " depends on axis " +
                                        in_quotes(axis.name) + ", which is neither in rows nor in columns");
    }
  }

  Reading& reading_;
  const Sweep& sweep_;
  std::map<std::string, std::vector<const GraphNode*>> nodes_;  ///< by base name
};

}  // namespace

std::vector<TableSpec> read_tables(Reading& reading, const MarkedJson& document, const Sweep& sweep,
                                   const std::vector<GraphNode>& nodes) {
  std::vector<TableSpec> tables;
  TableReader reader(reading, sweep, nodes);
  if (const auto found = document.value.find("tables"); found != document.value.end()) {
    const Marks& marks = document.marks.at("tables");
    if (!found->is_array())
      reading.error(marks.value, "\"tables\" expects a list of tables, got " + shown(*found));
    else
      for (size_t i = 0; i < found->size(); ++i) tables.push_back(reader.read((*found)[i], marks.at(i)));
  }
  const auto block = document.value.find("sweep");
  if (block == document.value.end() || !block->is_object() || !block->contains("collect")) return tables;
  const Json& collect = (*block)["collect"];
  const Marks& marks = document.marks.at("sweep").at("collect");
  if (!collect.is_array())
    tables.push_back(reader.collect(collect, marks));
  else
    for (size_t i = 0; i < collect.size(); ++i) tables.push_back(reader.collect(collect[i], marks.at(i)));
  return tables;
}

}  // namespace retort
