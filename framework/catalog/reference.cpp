#include "catalog/reference.h"

#include <algorithm>

namespace retort {
namespace {

using Row = std::vector<std::string>;

/// Rows as aligned columns, two spaces apart, indented by two.
std::string columns(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) line += " " + row[i] + std::string(widths[i] - row[i].size() + 1, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string number(double value) {
  return value == static_cast<double>(static_cast<int64_t>(value)) ? std::to_string(static_cast<int64_t>(value))
                                                                   : Json(value).dump();
}

std::string type_of(const ParamSpec& param) {
  if (param.type == "component") return param.component_kind;
  if (param.type == "list of component") return "list of " + param.component_kind;
  return param.type;
}

std::string default_of(const ParamSpec& param) {
  if (param.required) return "required";
  return param.default_value.is_null() ? "absent" : param.default_value.dump();
}

std::string kinds_of(const PortSpec& port) {
  std::string text = port.list ? "list of " + port.kind : port.kind;
  for (const auto& kind : port.kinds) text += " or " + kind;
  return text;
}

std::string ports(const std::string& title, const std::vector<PortSpec>& all) {
  if (all.empty()) return "";
  std::vector<Row> rows;
  for (const auto& port : all) {
    std::string note = port.optional ? "optional" : "";
    if (port.held_out) note = "test data: for evaluate.* and diagnose.*";
    rows.push_back({port.name, kinds_of(port), port.doc + (note.empty() ? "" : " (" + note + ")")});
  }
  return "\n" + title + "\n" + columns(rows);
}

std::string params(const PluginSpec& spec, const Catalog& catalog) {
  if (spec.params.empty()) return "";
  std::vector<Row> rows;
  std::vector<std::string> kinds;
  for (const auto& param : spec.params) {
    const std::string rules = rules_of(param);
    rows.push_back(
        {param.name, type_of(param), default_of(param), param.doc + (rules.empty() ? "" : " (" + rules + ")")});
    if (param.is_component() && !std::count(kinds.begin(), kinds.end(), param.component_kind))
      kinds.push_back(param.component_kind);
  }
  std::string text = "\nparameters\n" + columns(rows);
  for (const auto& kind : kinds) {
    std::string names;
    for (const Manifest* one : catalog.of_kind(kind)) names += (names.empty() ? "" : ", ") + one->spec.type;
    text += "\n" + kind + ": " + (names.empty() ? "none built" : names) + "\n";
  }
  return text;
}

std::string properties(const PluginSpec& spec) {
  std::string text;
  const auto say = [&](bool is, const std::string& what) { text += is ? (text.empty() ? "" : "; ") + what : ""; };
  say(spec.random, "draws random numbers: the seed is in its key");
  say(spec.numeric, "numeric: device, precision and threads are in its key");
  say(spec.source, "reads files outside the store");
  say(spec.uncached, "runs each time");
  return text.empty() ? "" : text + "\n";
}

/// The least that a graph must say.
std::string example(const PluginSpec& spec) {
  const std::string any = "…";
  Json params = Json::object(), inputs = Json::object();
  for (const auto& param : spec.params)
    if (param.required) params[param.name] = param.type == "component" ? Json({{"type", any}}) : Json(any);
  for (const auto& port : spec.inputs)
    if (!port.optional) inputs[port.name] = port.list ? Json::array({any}) : Json(any);
  Json json = spec.kind == "node" ? Json::object() : params;
  if (spec.kind == "node" && !params.empty()) json["params"] = params;
  if (!inputs.empty()) json["inputs"] = inputs;
  std::string text = "{\"type\": " + Json(spec.type).dump();
  for (const auto& [name, value] : json.items()) text += ", " + Json(name).dump() + ": " + value.dump();
  return "\nin a graph\n  " + text + "}\n";
}

}  // namespace

std::string rules_of(const ParamSpec& param) {
  std::string text;
  const auto add = [&](const std::string& rule) { text += (text.empty() ? "" : ", ") + rule; };
  if (param.min) add((param.min_exclusive ? "greater than " : "at least ") + number(*param.min));
  if (param.max) add((param.max_exclusive ? "less than " : "at most ") + number(*param.max));
  for (size_t i = 0; i < param.choices.size(); ++i) {
    if (i == 0)
      add(param.choices[i]);
    else
      text += " or " + param.choices[i];
  }
  if (param.budget) add("budget");
  if (!param.in_key) add("not in the key");
  return text;
}

std::string reference_page(const Manifest& manifest, const Catalog& catalog) {
  const PluginSpec& spec = manifest.spec;
  std::string text = spec.type + " (" + spec.kind + ")\n" + spec.summary + "\n" + properties(spec);
  if (!manifest.refused.empty()) text += "cannot be used: " + manifest.refused + "\n";
  text += ports("inputs", spec.inputs) + ports("outputs", spec.outputs) + params(spec, catalog) + example(spec);
  return text + "\n" + manifest.library.string() + "\ncode " + manifest.code.substr(0, 16) + "; " + manifest.build +
         "\n";
}

std::string listing(const std::vector<const Manifest*>& manifests) {
  std::string text, kind;
  std::vector<Row> rows;
  const auto flush = [&] {
    if (!rows.empty()) text += (text.empty() ? "" : "\n") + kind + "\n" + columns(rows);
    rows.clear();
  };
  for (const Manifest* one : manifests) {
    if (one->spec.kind != kind) flush();
    kind = one->spec.kind;
    rows.push_back({one->spec.type, one->refused.empty() ? one->spec.summary : "cannot be used: " + one->refused});
  }
  flush();
  return text;
}

Json reference_json(const Manifest& manifest) {
  Json json = to_json(manifest.spec);
  json["library"] = manifest.library.string();
  json["build"] = manifest.build;
  json["code"] = manifest.code;
  if (!manifest.refused.empty()) json["refused"] = manifest.refused;
  return json;
}

}  // namespace retort
