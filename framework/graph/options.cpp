// What the command line changes in a graph: it becomes part of the document, with the option as its place, before
// anything is checked.
#include <algorithm>
#include <map>

#include "core/system_text.h"
#include "graph/keys.h"
#include "graph/setting.h"

namespace retort {
namespace {

const Json kNone;

const Json& nodes_of(const MarkedJson& document) {
  const auto nodes = document.value.find("nodes");
  return nodes == document.value.end() ? kNone : *nodes;
}

/// "PATH=VALUE" → both; false, with an error.
bool split(Reading& reading, const std::string& text, Mark mark, const std::string& usage, std::string& path,
           std::string& value) {
  const size_t equals = text.find('=');
  path = text.substr(0, equals);
  if (equals != std::string::npos) value = text.substr(equals + 1);
  if (equals == std::string::npos) reading.error(mark, "there is no \"=\"", usage);
  return equals != std::string::npos;
}

struct Slot {
  Json& value;
  Marks& marks;
};

/// The object of this name, made if it is absent.
Slot inside(Slot parent, const std::string& name, Mark mark) {
  const bool fresh = !parent.value.contains(name);
  Json& value = parent.value[name];
  Marks& marks = parent.marks.make(name);
  if (fresh) {
    value = Json::object();
    marks.key = marks.value = mark;
  }
  return {value, marks};
}

void put(Slot slot, Json value, Mark mark) {
  slot.value = std::move(value);
  slot.marks.value = mark;
  slot.marks.inside.clear();
}

/// "a,[b,c],\"d,e\"" → its parts at the outermost commas.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) parts.back() += text[i++];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && !quoted && depth == 0)
      parts.emplace_back();
    else
      parts.back() += text[i];
  }
  return parts;
}

Declared declared_in(const Reading& reading, const Setting& setting, const Json& nodes) {
  if (setting.node.empty() || !nodes.is_object() || !nodes.contains(setting.node)) return {};
  return declared_at(reading.catalog, setting, nodes[setting.node]);
}

/// Whether a sweep can be added to; where it cannot, reading it says why.
bool takes_axes(const MarkedJson& document) {
  const auto sweep = document.value.find("sweep");
  if (sweep == document.value.end()) return true;
  return sweep->is_object() && (!sweep->contains("axes") || (*sweep)["axes"].is_object());
}

/// The axis of the sweep whose values this path, or this name, has.
std::string axis_of(const MarkedJson& document, const std::string& path) {
  const auto sweep = document.value.find("sweep");
  if (sweep == document.value.end() || !takes_axes(document) || !sweep->contains("axes")) return "";
  for (const auto& [name, axis] : (*sweep)["axes"].items()) {
    if (!axis.is_object()) continue;
    if (name == path || axis.value("path", Json()) == Json(path)) return name;
    if (const auto paths = axis.find("paths"); paths != axis.end() && paths->is_array())
      if (std::find(paths->begin(), paths->end(), Json(path)) != paths->end()) return name;
  }
  return "";
}

void apply_set(Reading& reading, const std::string& text, MarkedJson& document) {
  const Mark mark{reading.texts.add_origin("--set " + text), 0};
  std::string path, value;
  if (!split(reading, text, mark, "write --set node.parameter=value", path, value)) return;
  const auto setting = parse_setting(reading, path, mark, nodes_of(document));
  if (!setting) return;
  if (const std::string axis = axis_of(document, path); !axis.empty())
    return reading.error(mark, "axis " + in_quotes(axis) + " of the sweep sets " + in_quotes(path) + " in every cell",
                         "write --sweep " + path + "=" + value + " for this value alone");
  const Json json = typed(value, declared_in(reading, *setting, nodes_of(document)));
  if (setting->node.empty()) {
    apply_setting(reading, *setting, json, mark, document);
    return;
  }
  Json& nodes = document.value["nodes"];
  Marks& marks = document.marks.make("nodes").make(setting->node);
  MarkedJson node{std::move(nodes[setting->node]), std::move(marks)};
  apply_setting(reading, *setting, json, mark, node);
  nodes[setting->node] = std::move(node.value);
  marks = std::move(node.marks);
}

void apply_sweep(Reading& reading, const std::string& text, MarkedJson& document) {
  if (!takes_axes(document)) return;
  const Mark mark{reading.texts.add_origin("--sweep " + text), 0};
  std::string path, value;
  if (!split(reading, text, mark, "write --sweep node.parameter=a,b,c", path, value)) return;
  std::string name = axis_of(document, path);
  Json axis = {{"path", path}};
  if (!name.empty()) {
    const Json& known = document.value["sweep"]["axes"][name];
    if (!known.contains("path") && !known.contains("paths"))
      return reading.error(mark, "axis " + in_quotes(name) + " has named values, not a list",
                           "write --only " + name + "=VALUE to choose one");
    for (const char* key : {"path", "paths"})
      if (known.contains(key)) axis = {{key, known[key]}}, path = known[key].is_array() ? known[key][0] : known[key];
  } else {
    name = path.substr(path.find_last_of('.') + 1);
    if (!axis_of(document, name).empty()) name = path;
  }
  const auto setting = parse_setting(reading, path, mark, nodes_of(document));
  if (!setting) return;
  const Declared declared = declared_in(reading, *setting, nodes_of(document));
  axis["values"] = Json::array();
  for (const auto& part : value.empty() ? std::vector<std::string>() : parts_of(value))
    axis["values"].push_back(typed(part, declared));
  const Slot sweep = inside({document.value, document.marks}, "sweep", mark);
  put(inside(inside(sweep, "axes", mark), name, mark), std::move(axis), mark);
}

void add_seeds(Reading& reading, size_t count, MarkedJson& document) {
  const Mark mark{reading.texts.add_origin("--add-seeds " + std::to_string(count)), 0};
  const auto sweep = document.value.find("sweep");
  Json* seeds = nullptr;
  if (sweep != document.value.end() && sweep->is_object() && sweep->contains("replicate") &&
      (*sweep)["replicate"].is_object())
    if (const auto found = (*sweep)["replicate"].find("seed");
        found != (*sweep)["replicate"].end() && found->is_array())
      seeds = &*found;
  if (!seeds)
    return reading.error(mark, "the graph replicates nothing", "add \"replicate\": {\"seed\": [0]} to its \"sweep\"");
  uint64_t next = 0;
  for (const auto& seed : *seeds)
    if (seed.is_number_unsigned()) next = std::max(next, seed.get<uint64_t>() + 1);
  for (size_t i = 0; i < count; ++i) seeds->push_back(next + i);
}

/// Of several `--set` of one path only the last counts.
void warn_of_overwritten(Reading& reading) {
  std::map<std::string, std::string> last;  // path → option
  for (const auto& text : reading.options.sets) {
    std::string& before = last[text.substr(0, text.find('='))];
    if (!before.empty())
      reading.diagnostics.warning(reading.place({reading.texts.add_origin("--set " + before), 0}),
                                  "it has no effect: --set " + text + " comes after it");
    before = text;
  }
}

}  // namespace

void apply_options(Reading& reading, MarkedJson& document) {
  for (const auto& text : reading.options.sets) apply_set(reading, text_of(text), document);
  for (const auto& text : reading.options.sweeps) apply_sweep(reading, text_of(text), document);
  if (reading.options.add_seeds > 0) add_seeds(reading, reading.options.add_seeds, document);
  if (!reading.diagnostics.has_errors()) warn_of_overwritten(reading);
  if (reading.options.device.empty()) return;
  const Mark mark{reading.texts.add_origin("--device " + reading.options.device), 0};
  apply_setting(reading, Setting{"", {std::string("device")}, "device", mark}, reading.options.device, mark, document);
}

}  // namespace retort
