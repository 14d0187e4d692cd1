#include "graph/tables.h"

#include <algorithm>
#include <map>

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
    refuse_unknown(reading_, {json, marks}, {"title", "node", "metrics", "rows", "columns"}, "table");
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
    return table;
  }

 private:
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
    for (const char* name : {"node", "columns"})
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
    if (table.node.empty() || !check_node(table.node, marks.at("node").value)) return;
    for (const auto& axis : axes) {
      const auto& instances = nodes_[table.node];
      const bool varies =
          std::any_of(instances.begin(), instances.end(), [&](const GraphNode* one) { return one->cell.count(axis); });
      const auto in = [&](const std::vector<std::string>& side) {
        return std::find(side.begin(), side.end(), axis) != side.end();
      };
      if (varies && !in(table.rows) && !in(table.columns))
        reading_.error(marks.value, "table: node " + in_quotes(table.node) + " depends on axis " + in_quotes(axis) +
                                        ", which is neither in rows nor in columns");
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
  const auto found = document.value.find("tables");
  if (found == document.value.end()) return tables;
  const Marks& marks = document.marks.at("tables");
  if (!found->is_array()) {
    reading.error(marks.value, "\"tables\" expects a list of tables, got " + shown(*found));
    return tables;
  }
  TableReader reader(reading, sweep, nodes);
  for (size_t i = 0; i < found->size(); ++i) tables.push_back(reader.read((*found)[i], marks.at(i)));
  return tables;
}

}  // namespace retort
