#include "graph/axis.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_set>

#include "graph/value_name.h"

namespace retort {
namespace {

bool earlier(Mark a, Mark b) { return a.source != b.source ? a.source < b.source : a.offset < b.offset; }

bool is_list_of_names(const Json& json) {
  return json.is_array() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_string(); });
}

/// Ten significant digits: 0.001 · 10 is 0.01 in the name of a cell, not 0.010000000000000002.
double tidy(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return std::strtod(text, nullptr);
}

/// From the bits of the generator alone: the standard's distributions differ between libraries.
double uniform(std::mt19937_64& generator) { return static_cast<double>(generator() >> 11) * 0x1p-53; }

}  // namespace

std::vector<std::string> written_order(const Json& object, const Marks& marks) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return earlier(marks.at(a).key, marks.at(b).key);
  });
  return names;
}

MarkedJson member_of(const MarkedJson& object, const std::string& name) {
  const auto found = object.value.find(name);
  if (found == object.value.end()) return {nullptr, object.marks};
  return {*found, object.marks.at(name)};
}

bool expect_object(Reading& reading, const MarkedJson& json, const std::string& what) {
  if (json.value.is_object()) return true;
  reading.error(json.marks.value, what + " expects object, got " + shown(json.value));
  return false;
}

std::optional<size_t> Axis::find(const Json& value) const {
  const std::string called = value_name(value);
  std::vector<std::string> names;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].name == called && values[i].written.is_null()) return i;
    if (!values[i].written.is_null() && values[i].written == value) return i;  // 1 is 1.0
    names.push_back(values[i].name);
  }
  return name_meant(called, names);
}

std::optional<size_t> AxisReader::read(const std::string& name, const MarkedJson& text, bool nested) {
  if (!expect_object(reading_, text, "axis " + in_quotes(name))) return std::nullopt;
  const size_t errors = reading_.diagnostics.errors(), index = sweep_.axes.size();
  Axis axis;
  axis.name = name;
  axis.nested = nested;
  axis.mark = text.marks.key;
  sweep_.axes.push_back(axis);  // in its place before those nested in it
  const auto has = [&](const char* key) { return text.value.contains(key); };
  const bool all_named =
      !has("path") && !has("paths") &&
      std::all_of(text.value.begin(), text.value.end(), [](const Json& one) { return one.is_object(); });
  if (all_named)  // whatever the values are called
    read_named(axis, text);
  else if (has("choose"))
    read_choices(axis, text);
  else if (has("without"))
    read_without(axis, text);
  else if (has("log") || has("linear"))
    read_range(axis, text, has("log"));
  else if (has("values") || has("path") || has("paths"))
    read_values(axis, text);
  else
    read_named(axis, text);
  const bool changes = std::any_of(axis.values.begin(), axis.values.end(), [](const AxisValue& value) {
    return !value.changes.empty() || !value.nested.empty();
  });
  if (reading_.diagnostics.errors() == errors && !changes)
    reading_.error(text.marks.key, "axis " + in_quotes(name) + " changes nothing");
  if (reading_.diagnostics.errors() != errors) {
    sweep_.axes.resize(index);
    return std::nullopt;
  }
  sweep_.axes[index] = std::move(axis);
  return index;
}

void AxisReader::read_paths(Axis& axis, const MarkedJson& text) {
  const MarkedJson path = member_of(text, text.value.contains("path") ? "path" : "paths");
  const Json paths = path.value.is_string() ? Json::array({path.value}) : path.value;
  if (!is_list_of_names(paths)) {
    reading_.error(path.marks.value,
                   "axis " + in_quotes(axis.name) + " needs a \"path\", or \"paths\", that it changes",
                   "write {\"path\": \"node.parameter\", \"values\": […]}");
    return;
  }
  for (size_t p = 0; p < paths.size(); ++p)
    axis.paths.emplace_back(paths[p], path.value.is_string() ? path.marks.value : path.marks.at(p).value);
}

void AxisReader::read_values(Axis& axis, const MarkedJson& text) {
  const std::string label = "axis " + in_quotes(axis.name);
  refuse_unknown(reading_, text, {"path", "paths", "values"}, label);
  read_paths(axis, text);
  if (axis.paths.empty()) return;
  const MarkedJson values = member_of(text, "values");
  if (!text.value.contains("values")) {
    reading_.error(text.marks.value, label + " has no values",
                   "write \"values\": […], or a range: \"log\": [0.001, 0.1], \"n\": 3");
    return;
  }
  if (!values.value.is_array() || values.value.empty()) {
    reading_.error(values.marks.value, values.value.is_array()
                                           ? "\"values\" of " + label + " is empty"
                                           : "\"values\" of " + label + " expects a list, got " + shown(values.value));
    return;
  }
  const auto names = value_names(values.value);
  for (size_t i = 0; i < values.value.size(); ++i) {
    const Mark mark = values.marks.at(i).value;
    const Json& value = values.value[i];
    if (const auto same = std::find(names.begin(), names.begin() + static_cast<long>(i), names[i]) - names.begin();
        same < static_cast<long>(i))
      refuse_twice(axis, names[i], values.value[static_cast<size_t>(same)] == value, mark);
    else if (value.is_number() && std::count(values.value.begin(), values.value.begin() + static_cast<long>(i), value))
      refuse_twice(axis, names[i], true, mark);
    axis.values.push_back({names[i], value, {}, {}});
    for (const auto& [path, path_mark] : axis.paths)
      add_change(axis.values.back(), path, path_mark, values.value[i], mark);
  }
}

void AxisReader::refuse_twice(const Axis& axis, const std::string& name, bool equal, Mark mark) {
  reading_.error(mark,
                 "axis " + in_quotes(axis.name) +
                     (equal ? " has the value " + in_quotes(name) + " twice"
                            : " has two values that are called " + in_quotes(name)),
                 equal ? "" : "name them yourself: {\"NAME\": {\"node.parameter\": value}, …}");
}

bool AxisReader::add_value(Axis& axis, const Json& value, Mark mark) {
  const size_t errors = reading_.diagnostics.errors();
  AxisValue added{value_name(value), value, {}, {}};
  const auto is_called_so = [&](const AxisValue& one) { return one.name == added.name; };
  if (std::any_of(axis.values.begin(), axis.values.end(), is_called_so)) added.name = value_names({value, value})[0];
  if (std::any_of(axis.values.begin(), axis.values.end(), is_called_so)) refuse_twice(axis, added.name, false, mark);
  for (const auto& [path, path_mark] : axis.paths) add_change(added, path, path_mark, value, mark);
  if (reading_.diagnostics.errors() != errors) return false;
  axis.values.push_back(std::move(added));
  return true;
}

bool AxisReader::is_integer(const Axis& axis) const {
  for (const auto& [path, mark] : axis.paths) {
    const size_t dot = path.find('.');
    const auto node = nodes_.find(path.substr(0, dot));
    Diagnostics ignored;
    Reading quiet{reading_.catalog, reading_.options, ignored};
    const auto setting = parse_setting(quiet, path, Mark{}, nodes_);  // a place in a text that `quiet` does not have
    if (!setting || node == nodes_.end()) continue;
    const Declared declared = declared_at(reading_.catalog, *setting, *node);
    if (declared.type() == "integer") return true;
  }
  return false;
}

/// Two ends and a number of values, checked; empty, with errors, if there is something wrong.
std::vector<double> AxisReader::range_values(const Axis& axis, const MarkedJson& text, bool log) {
  const std::string key = log ? "log" : "linear", label = in_quotes(key) + " of axis " + in_quotes(axis.name);
  const MarkedJson range = member_of(text, key), count = member_of(text, "n");
  const Json& ends = range.value;
  if (!ends.is_array() || ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) {
    reading_.error(range.marks.value,
                   label + " expects two numbers, got " + (ends.is_array() ? ends.dump() : shown(ends)),
                   "write " + in_quotes(key) + ": [0.001, 0.1]");
    return {};
  }
  const double low = ends[0], high = ends[1];
  if (!(low < high) || (log && low <= 0)) {
    reading_.error(range.marks.value,
                   label + " goes from " + ends[0].dump() + " to " + ends[1].dump() +
                       (low < high ? ": a logarithm needs ends above 0" : ": the second end must be the larger"));
    return {};
  }
  const bool drawn = count.value.is_null() && draws_ > 0;
  if (!drawn && (!count.value.is_number_unsigned() || count.value.get<uint64_t>() < 2 ||
                 count.value.get<uint64_t>() > kMostCells)) {
    reading_.error(count.value.is_null() ? range.marks.key : count.marks.value,
                   label + (count.value.is_null() ? " needs \"n\": how many values"
                                                  : " expects \"n\" of 2 to " + std::to_string(kMostCells) + ", got " +
                                                        shown(count.value)),
                   count.value.is_null() ? "in mode random it may be left out: then values are drawn" : "");
    return {};
  }
  const size_t n = drawn ? draws_ : count.value.get<size_t>();
  const std::string seed = std::to_string(seed_) + " " + axis.name;
  std::seed_seq seeds(seed.begin(), seed.end());
  std::mt19937_64 generator(seeds);
  std::vector<double> values;
  for (size_t i = 0; i < n; ++i) {
    const double at = drawn ? uniform(generator) : static_cast<double>(i) / static_cast<double>(n - 1);
    values.push_back(tidy(log ? low * std::pow(high / low, at) : low + (high - low) * at));
  }
  return values;
}

void AxisReader::read_range(Axis& axis, const MarkedJson& text, bool log) {
  refuse_unknown(reading_, text, {"path", "paths", log ? "log" : "linear", "n"}, "axis " + in_quotes(axis.name));
  read_paths(axis, text);
  const bool integer = is_integer(axis);
  axis.drawn = draws_ > 0 && !text.value.contains("n");
  const Mark mark = text.marks.at(log ? "log" : "linear").value;
  std::unordered_set<std::string> known;
  for (const double value : range_values(axis, text, log)) {
    Json json = value;
    if (const double rounded = std::round(value); integer || rounded == value)
      if (std::abs(rounded) < 1e15) json = static_cast<int64_t>(rounded);
    if (!known.insert(json.dump()).second) {
      if (axis.drawn) continue;
      reading_.error(mark, "axis " + in_quotes(axis.name) + " has the value " + in_quotes(json.dump()) + " twice",
                     integer ? "its parameter is an integer: fewer values fit between the ends" : "");
    } else {
      add_value(axis, json, mark);
    }
  }
}

void AxisReader::read_without(Axis& axis, const MarkedJson& text) {
  const std::string label = "axis " + in_quotes(axis.name);
  refuse_unknown(reading_, text, {"without"}, label);
  const MarkedJson path = member_of(text, "without");
  const std::string name = path.value.is_string() ? path.value.get<std::string>() : "";
  const auto setting = parse_setting(reading_, name, path.marks.value, nodes_);
  if (!setting) return;
  const auto node = nodes_.find(setting->node);
  const Json* list = node == nodes_.end() ? nullptr : declared_at(reading_.catalog, *setting, *node).value;
  if (!list || !list->is_array() || list->size() < 2) {
    reading_.error(path.marks.value, label + ": " + in_quotes(name) + " is no list of at least two",
                   "\"without\" leaves out one element of a list at a time");
    return;
  }
  axis.values.push_back({"all", nullptr, {}, {}});
  const auto names = value_names(*list);
  for (size_t i = 0; i < list->size(); ++i) {
    Json rest = *list;
    rest.erase(i);
    const auto end = names.begin() + static_cast<long>(i);
    if (std::find(names.begin(), end, names[i]) != end)
      refuse_twice(axis, "without " + names[i], true, path.marks.value);
    axis.values.push_back({"without " + names[i], nullptr, {}, {}});
    add_change(axis.values.back(), name, path.marks.value, rest, path.marks.value);
  }
}

void AxisReader::read_choices(Axis& axis, const MarkedJson& text) {
  refuse_unknown(reading_, text, {"path", "paths", "choose"}, "axis " + in_quotes(axis.name));
  read_paths(axis, text);
  const MarkedJson choices = member_of(text, "choose");
  if (!expect_object(reading_, choices, "\"choose\" of axis " + in_quotes(axis.name))) return;
  if (choices.value.empty())
    reading_.error(choices.marks.value, "\"choose\" of axis " + in_quotes(axis.name) + " is empty");
  for (const auto& name : written_order(choices.value, choices.marks))
    read_choice(axis, name, member_of(choices, name));
}

/// A component of the type `name` (or its own "type"); a list for a parameter that takes none is an axis nested in it.
void AxisReader::read_choice(Axis& axis, const std::string& name, const MarkedJson& text) {
  if (!expect_object(reading_, text, "choice " + in_quotes(name) + " of axis " + in_quotes(axis.name))) return;
  AxisValue value{name, nullptr, {}, {}};
  MarkedJson component = text;
  if (!component.value.contains("type")) {
    component.value["type"] = name;
    component.marks.make("type").key = component.marks.make("type").value = text.marks.key;
  }
  std::vector<std::string> swept;
  const Manifest* manifest = nullptr;
  if (const Json& type = component.value["type"]; type.is_string())
    for (const Manifest* one : reading_.catalog.all())
      if (one->spec.type == type && one->spec.kind != "node") manifest = one;
  for (const auto& [param, one] : text.value.items()) {
    const ParamSpec* spec = manifest ? manifest->spec.param(param) : nullptr;
    if (one.is_array() && spec && spec->type.rfind("list of ", 0) != 0) swept.push_back(param);
  }
  for (const auto& param : swept) component.value.erase(param);
  for (const auto& [path, mark] : axis.paths) add_change(value, path, mark, component.value, text.marks.value);
  for (const auto& param : swept) {
    Json paths = Json::array();
    for (const auto& [path, mark] : axis.paths) paths.push_back(path + "." + param);
    MarkedJson nested{{{"paths", paths}, {"values", text.value[param]}}, {}};
    nested.marks.name = param;
    nested.marks.key = nested.marks.value = text.marks.at(param).key;
    Marks values = text.marks.at(param);
    values.name = "values";
    nested.marks.make("values") = std::move(values);
    nest(value, param, nested);
  }
  axis.values.push_back(std::move(value));
}

void AxisReader::read_named(Axis& axis, const MarkedJson& text) {
  for (const auto& name : written_order(text.value, text.marks)) {
    const MarkedJson changes = member_of(text, name);
    AxisValue value{name, nullptr, {}, {}};
    if (expect_object(reading_, changes, "value " + in_quotes(name) + " of axis " + in_quotes(axis.name)))
      for (const auto& path : written_order(changes.value, changes.marks)) {
        const Marks& marks = changes.marks.at(path);
        if (path == "axes")
          read_nested(value, member_of(changes, path));
        else
          add_change(value, path, marks.key, changes.value[path], marks.value);
      }
    axis.values.push_back(std::move(value));
  }
}

void AxisReader::read_nested(AxisValue& value, const MarkedJson& axes) {
  if (!expect_object(reading_, axes, "\"axes\" of value " + in_quotes(value.name))) return;
  for (const auto& name : written_order(axes.value, axes.marks)) nest(value, name, member_of(axes, name));
}

void AxisReader::nest(AxisValue& value, const std::string& name, const MarkedJson& text) {
  if (const auto index = read(name, text, true)) value.nested.push_back(*index);
}

void AxisReader::add_change(AxisValue& value, const std::string& path, Mark path_mark, const Json& to, Mark mark) {
  auto setting = parse_setting(reading_, path, path_mark, nodes_);
  if (!setting) return;
  if (!setting->node.empty()) {
    value.changes.push_back({std::move(*setting), to, mark});
  } else if (setting->steps.front() == Setting::Step(std::string("let"))) {
    for (auto& [place, part] : lets_.places_of(reading_, *setting, to, mark))
      value.changes.push_back({std::move(place), std::move(part), mark});
  } else {
    reading_.error(path_mark, in_quotes(path) + " is a setting of the whole graph",
                   "an axis changes nodes: node.parameter");
  }
}

}  // namespace retort
