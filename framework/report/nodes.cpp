#include "report/nodes.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace retort {
namespace {

constexpr size_t kShownDigits = 12;  // of a key: enough for `retort show`

/// Texts that many nodes share, each kept once.
class TextTable {
 public:
  size_t add(const std::string& text) {
    const auto [it, fresh] = numbers_.try_emplace(text, texts_.size());
    if (fresh) texts_.push_back(text);
    return it->second;
  }
  const Json& json() const { return texts_; }

 private:
  std::unordered_map<std::string, size_t> numbers_;
  Json texts_ = Json::array();
};

const Json& resolved_node(const Subject& subject, const std::string& name) {
  static const Json none = Json::object();
  const auto nodes = subject.resolved.find("nodes");
  if (nodes == subject.resolved.end()) return none;
  const auto found = nodes->find(name);
  return found == nodes->end() ? none : *found;
}

/// All axes of the nodes, in the order they are met.
std::vector<std::string> axes_of(const Subject& subject) {
  std::vector<std::string> axes;
  for (const auto& node : subject.state.nodes) {
    const Json& resolved = resolved_node(subject, node.name);
    const auto cell = resolved.find("cell");
    if (cell == resolved.end()) continue;
    for (const auto& [axis, value] : cell->items())
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) axes.push_back(axis);
  }
  return axes;
}

/// The values of a node on the axes, null where it does not depend on one; null for a node of no cell.
Json cell_json(const Json& resolved, const std::vector<std::string>& axes) {
  const auto cell = resolved.find("cell");
  if (cell == resolved.end()) return nullptr;
  Json values = Json::array();
  for (const auto& axis : axes) values.push_back(cell->value(axis, Json()));
  return values;
}

Json statuses_json() {
  Json all = Json::array();
  for (const NodeStatus status : kNodeStatuses)
    all.push_back({{"name", name_of(status)}, {"words", words_for(status)}});
  return all;
}

void add_nodes(const Subject& subject, Json& page) {
  TextTable types, bases, texts;
  const auto axes = axes_of(subject);
  for (const char* column : {"name", "type", "base", "cell", "after", "rows"}) page[column] = Json::array();
  for (const auto& node : subject.state.nodes) {
    const Json& resolved = resolved_node(subject, node.name);
    page["name"].push_back(node.name);
    page["type"].push_back(types.add(node.type));
    page["base"].push_back(bases.add(resolved.value("base", node.name)));
    page["cell"].push_back(cell_json(resolved, axes));
    page["after"].push_back(node.after);
    Json row = node_row(node);
    for (auto& value : row)
      if (value.is_string()) value = Json::array({texts.add(value.get_ref<const std::string&>())});
    page["rows"].push_back(std::move(row));
  }
  page["types"] = types.json();
  page["bases"] = bases.json();
  page["texts"] = texts.json();
  page["axes"] = axes;
}

Json outputs_json(const Record& record) {
  Json outputs = Json::array();
  for (const auto& [port, output] : record.outputs) {
    uint64_t bytes = 0;
    for (const auto& file : output.files) bytes += file.size;
    Json meta = output.meta;
    if (meta.is_object()) meta.erase("classes");  // of thousands, in some data sets
    outputs.push_back(
        {{"port", port}, {"kind", output.kind}, {"files", output.files.size()}, {"bytes", bytes}, {"meta", meta}});
  }
  return outputs;
}

Json detail_json(const Record& record, TextTable& lines) {
  Json numbers = Json::array();
  const std::string& text = record.key_text;
  for (size_t from = 0, end; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
    numbers.push_back(lines.add(text.substr(from, end - from)));
  return {{"key", record.key}, {"text", numbers}, {"about", record.about}, {"outputs", outputs_json(record)}};
}

}  // namespace

std::vector<std::optional<Record>> records_of(const RunState& state, const Store& store) {
  std::vector<std::optional<Record>> records;
  for (const auto& node : state.nodes) {
    const bool there = node.status == NodeStatus::done || node.status == NodeStatus::hit;
    records.push_back(there && !node.key.empty() ? store.find(node.key) : std::nullopt);
  }
  return records;
}

Json node_row(const NodeView& node) {
  const auto text = [](const std::string& one) { return one.empty() ? Json() : Json(one); };
  const auto number = [](double one) { return one == 0 ? Json(0) : Json(one); };
  return Json::array({static_cast<int>(node.status), text(node.slot), number(node.started), number(node.seconds),
                      node.predicted ? Json(*node.predicted) : Json(), node.done, node.total, text(node.reason),
                      text(node.error), text(node.error_kind), text(node.key.substr(0, kShownDigits))});
}

Json overview_json(const Subject& subject) {
  const RunState& state = subject.state;
  Json page = {{"page", 1},
               {"live", subject.live},
               {"seen", subject.seen},
               {"title", state.title},
               {"graph", state.graph},
               {"run", state.run},
               {"status", state.status},
               {"started", state.started},
               {"last", state.last},
               {"command", subject.command},
               {"folder", subject.folder},
               {"tables", subject.tables},
               {"statuses", statuses_json()},
               {"warnings", warning_lines(state.warnings)}};
  add_nodes(subject, page);
  return page;
}

Json details_json(const Subject& subject) {
  TextTable lines;
  Json nodes = Json::array();
  for (size_t i = 0; i < subject.state.nodes.size(); ++i) {
    const auto& record = subject.records[i];
    Json detail = record ? detail_json(*record, lines) : Json::object();
    if (!record) {
      Json settings = resolved_node(subject, subject.state.nodes[i].name);
      if (!settings.empty()) detail["settings"] = lines.add(settings.dump());
    }
    if (!subject.why[i].empty()) detail["why"] = lines.add(subject.why[i]);
    nodes.push_back(std::move(detail));
  }
  return {{"lines", lines.json()}, {"nodes", nodes}};
}

}  // namespace retort
