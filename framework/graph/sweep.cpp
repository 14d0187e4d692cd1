#include "graph/sweep.h"

#include <algorithm>

namespace retort {
namespace {

bool earlier(Mark a, Mark b) { return a.source != b.source ? a.source < b.source : a.offset < b.offset; }

/// Names of an object's members in the order they were written.
std::vector<std::string> written_order(const Json& object, const Marks& marks) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return earlier(marks.at(a).key, marks.at(b).key);
  });
  return names;
}

/// What a value is called in the names of cells; empty if it has no short name.
std::string short_name(const Json& value) {
  if (value.is_string()) return value;
  if (value.is_object() && value.contains("type") && value["type"].is_string()) return value["type"];
  return value.is_structured() ? "" : value.dump();
}

class SweepReader {
 public:
  SweepReader(Reading& reading, const Json& nodes) : reading_(reading), nodes_(nodes) {}

  Sweep read(const MarkedJson& sweep) {
    if (!expect_object(sweep, "\"sweep\"")) return {};
    refuse_unknown(reading_, sweep, {"axes", "replicate"}, "sweep");
    const MarkedJson axes = member(sweep, "axes"), replicate = member(sweep, "replicate");
    if (!axes.value.is_null() && expect_object(axes, "\"axes\""))
      for (const auto& name : written_order(axes.value, axes.marks)) read_axis(name, member(axes, name));
    if (!replicate.value.is_null() && expect_object(replicate, "\"replicate\"")) read_replicate(replicate);
    check_size(sweep.marks.value);
    return std::move(sweep_);
  }

 private:
  static MarkedJson member(const MarkedJson& object, const std::string& name) {
    const auto found = object.value.find(name);
    if (found == object.value.end()) return {nullptr, object.marks};
    return {*found, object.marks.at(name)};
  }

  bool expect_object(const MarkedJson& json, const std::string& what) {
    if (json.value.is_object()) return true;
    reading_.error(json.marks.value, what + " expects object, got " + shown(json.value));
    return false;
  }

  void read_axis(const std::string& name, const MarkedJson& text) {
    if (!expect_object(text, "axis " + in_quotes(name))) return;
    const size_t errors = reading_.diagnostics.errors();
    Axis axis{name, {}};
    if (text.value.contains("values"))
      read_values(axis, text);
    else
      read_named_values(axis, text);
    if (reading_.diagnostics.errors() != errors) return;
    const bool changes = std::any_of(axis.values.begin(), axis.values.end(),
                                     [](const AxisValue& value) { return !value.changes.empty(); });
    if (!changes)
      reading_.error(text.marks.key, "axis " + in_quotes(name) + " changes nothing");
    else
      sweep_.axes.push_back(std::move(axis));
  }

  void read_named_values(Axis& axis, const MarkedJson& text) {
    for (const auto& name : written_order(text.value, text.marks)) {
      const MarkedJson changes = member(text, name);
      AxisValue value{name, {}};
      if (expect_object(changes, "value " + in_quotes(name) + " of axis " + in_quotes(axis.name)))
        for (const auto& path : written_order(changes.value, changes.marks)) {
          const Marks& marks = changes.marks.at(path);
          add_change(value, path, marks.key, changes.value[path], marks.value);
        }
      axis.values.push_back(std::move(value));
    }
  }

  void read_values(Axis& axis, const MarkedJson& text) {
    refuse_unknown(reading_, text, {"path", "paths", "values"}, "axis " + in_quotes(axis.name));
    const MarkedJson values = member(text, "values");
    const MarkedJson path = member(text, text.value.contains("path") ? "path" : "paths");
    const Json paths = path.value.is_string() ? Json::array({path.value}) : path.value;
    const auto is_string = [](const Json& one) { return one.is_string(); };
    if (!paths.is_array() || paths.empty() || !std::all_of(paths.begin(), paths.end(), is_string)) {
      reading_.error(path.marks.value,
                     "axis " + in_quotes(axis.name) + " needs a \"path\", or \"paths\", that it changes",
                     "write {\"path\": \"node.parameter\", \"values\": […]}");
      return;
    }
    if (!values.value.is_array() || values.value.empty()) {
      const std::string label = "\"values\" of axis " + in_quotes(axis.name);
      reading_.error(values.marks.value, values.value.is_array()
                                             ? label + " is empty"
                                             : label + " expects a list, got " + shown(values.value));
      return;
    }
    for (size_t i = 0; i < values.value.size(); ++i) {
      const Mark mark = values.marks.at(i).value;
      AxisValue value{short_name(values.value[i]), {}};
      if (value.name.empty()) value.name = "#" + std::to_string(i);
      for (const auto& other : axis.values)
        if (other.name == value.name)
          reading_.error(mark, "axis " + in_quotes(axis.name) + " has the value " + in_quotes(value.name) + " twice");
      for (size_t p = 0; p < paths.size(); ++p)
        add_change(value, paths[p], path.value.is_string() ? path.marks.value : path.marks.at(p).value, values.value[i],
                   mark);
      axis.values.push_back(std::move(value));
    }
  }

  void add_change(AxisValue& value, const std::string& path, Mark path_mark, const Json& to, Mark mark) {
    auto setting = parse_setting(reading_, path, path_mark, nodes_);
    if (setting && setting->node.empty())
      reading_.error(path_mark, in_quotes(path) + " is a setting of the whole graph",
                     "an axis changes nodes: node.parameter");
    else if (setting)
      value.changes.push_back({std::move(*setting), to, mark});
  }

  void read_replicate(const MarkedJson& text) {
    refuse_unknown(reading_, text, {"seed", "nodes"}, "\"replicate\"");
    const MarkedJson seeds = member(text, "seed"), nodes = member(text, "nodes");
    if (!seeds.value.is_array() || seeds.value.empty()) {
      reading_.error(seeds.marks.value, "\"replicate\" needs a list of seeds", "write {\"seed\": [0, 1, 2]}");
      return;
    }
    for (size_t i = 0; i < seeds.value.size(); ++i) {
      const Json& seed = seeds.value[i];
      const auto known = [&](uint64_t one) { return std::count(sweep_.seeds.begin(), sweep_.seeds.end(), one) > 0; };
      if (!seed.is_number_unsigned())
        reading_.error(seeds.marks.at(i).value, "a seed is an integer of at least 0, got " + shown(seed));
      else if (known(seed.get<uint64_t>()))
        reading_.error(seeds.marks.at(i).value, "seed " + seed.dump() + " is written twice");
      else
        sweep_.seeds.push_back(seed.get<uint64_t>());
    }
    for (const auto& axis : sweep_.axes)
      if (axis.name == "seed") reading_.error(text.marks.key, "there is an axis \"seed\" already");
    if (sweep_.seeds.empty()) return;
    sweep_.replicate = "seed";
    sweep_.replicate_mark = text.marks.key;
    sweep_.all_nodes = nodes.value.is_null();
    if (!sweep_.all_nodes) read_replicated_nodes(nodes);
  }

  void read_replicated_nodes(const MarkedJson& nodes) {
    if (!nodes.value.is_array()) {
      reading_.error(nodes.marks.value, "\"nodes\" expects a list of node names, got " + shown(nodes.value));
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : nodes_.items()) names.push_back(name);
    for (size_t i = 0; i < nodes.value.size(); ++i) {
      const std::string name = nodes.value[i].is_string() ? nodes.value[i].get<std::string>() : nodes.value[i].dump();
      if (nodes_.contains(name))
        sweep_.nodes.push_back(name);
      else
        reading_.error(nodes.marks.at(i).value, "there is no node " + in_quotes(name),
                       name_hint(name, choices(names), "nodes"));
    }
  }

  void check_size(Mark mark) {
    size_t cells = std::max<size_t>(1, sweep_.seeds.size());
    for (const auto& axis : sweep_.axes) cells = std::min(cells * axis.values.size(), kMostCells + 1);
    if (cells <= kMostCells && sweep_.axes.size() <= kMostAxes) return;
    reading_.error(mark, "the sweep has more than " + std::to_string(kMostCells) + " cells or " +
                             std::to_string(kMostAxes) + " axes");
    sweep_ = {};
  }

  Reading& reading_;
  const Json& nodes_;
  Sweep sweep_;
};

}  // namespace

Sweep read_sweep(Reading& reading, const MarkedJson& document, const Json& nodes) {
  const auto found = document.value.find("sweep");
  if (found == document.value.end() || !nodes.is_object()) return {};
  return SweepReader(reading, nodes).read({*found, document.marks.at("sweep")});
}

}  // namespace retort
