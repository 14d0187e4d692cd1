#include "core/plugin_spec.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace retort {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, const std::string& name) {
  auto it = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::string number_text(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return std::to_string(static_cast<int64_t>(value));
  return Json(value).dump();
}

bool has_type(const std::string& type, const Json& value) {
  if (type == "bool") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string" || type == "path") return value.is_string();
  if (type == "component") return value.is_object();
  return false;
}

std::optional<std::string> element_problem(const ParamSpec& spec, const std::string& label, const std::string& type,
                                           const Json& value) {
  if (!has_type(type, value)) {
    std::string text = label + " expects " + type + ", got " + json_type_name(value);
    if (!value.is_structured()) text += " (" + value.dump() + ")";
    return text;
  }
  if (value.is_number()) {
    constexpr auto kLargest = std::numeric_limits<int64_t>::max();
    if (type == "integer" && value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kLargest))
      return label + " is " + value.dump() + ", must be at most " + std::to_string(kLargest);
    const double x = value.get<double>();
    if (!std::isfinite(x)) return label + " must be finite";
    const bool low = spec.min && (spec.min_exclusive ? x <= *spec.min : x < *spec.min);
    const bool high = spec.max && (spec.max_exclusive ? x >= *spec.max : x > *spec.max);
    if (low || high) {
      std::string rule;
      if (spec.min) rule = std::string(spec.min_exclusive ? "greater than " : "at least ") + number_text(*spec.min);
      if (spec.max)
        rule += std::string(rule.empty() ? "" : " and ") + (spec.max_exclusive ? "less than " : "at most ") +
                number_text(*spec.max);
      return label + " is " + value.dump() + ", must be " + rule;
    }
  }
  if (value.is_string() && !spec.choices.empty() &&
      std::find(spec.choices.begin(), spec.choices.end(), value.get<std::string>()) == spec.choices.end()) {
    std::string all;
    for (const auto& choice : spec.choices) all += (all.empty() ? "" : ", ") + ("\"" + choice + "\"");
    return label + " is " + value.dump() + ", must be one of " + all;
  }
  return std::nullopt;
}

Json port_json(const PortSpec& port) {
  Json json = {{"name", port.name}, {"kind", port.kind}, {"doc", port.doc}};
  if (port.list) json["list"] = true;
  if (port.optional) json["optional"] = true;
  if (port.held_out) json["held_out"] = true;
  if (!port.kinds.empty()) json["kinds"] = port.kinds;
  if (!port.facts.empty()) json["facts"] = port.facts;
  if (!port.facts_of.empty()) json["facts_of"] = port.facts_of;
  return json;
}

PortSpec port_from_json(const Json& json) {
  PortSpec port;
  port.name = json.at("name");
  port.kind = json.at("kind");
  port.doc = json.at("doc");
  port.list = json.value("list", false);
  port.optional = json.value("optional", false);
  port.held_out = json.value("held_out", false);
  port.kinds = json.value("kinds", std::vector<std::string>{});
  port.facts = json.value("facts", Json::object());
  port.facts_of = json.value("facts_of", "");
  return port;
}

Json param_json(const ParamSpec& param) {
  Json json = {{"name", param.name}, {"type", param.type}, {"doc", param.doc}, {"default", param.default_value}};
  if (param.required) json["required"] = true;
  if (param.optional) json["optional"] = true;
  if (param.min) json[param.min_exclusive ? "greater_than" : "min"] = *param.min;
  if (param.max) json[param.max_exclusive ? "less_than" : "max"] = *param.max;
  if (!param.choices.empty()) json["choices"] = param.choices;
  if (!param.component_kind.empty()) json["component_kind"] = param.component_kind;
  if (!param.in_key) json["in_key"] = false;
  if (param.neutral) json["neutral"] = *param.neutral;
  if (param.budget) json["budget"] = true;
  if (!param.horizon.empty()) json["horizon"] = param.horizon;
  if (!param.files.empty()) json["files"] = param.files;
  return json;
}

ParamSpec param_from_json(const Json& json) {
  ParamSpec param;
  param.name = json.at("name");
  param.type = json.at("type");
  param.doc = json.at("doc");
  param.default_value = json.at("default");
  param.required = json.value("required", false);
  param.optional = json.value("optional", false);
  param.min_exclusive = json.contains("greater_than");
  param.max_exclusive = json.contains("less_than");
  for (const char* key : {"min", "greater_than"})
    if (json.contains(key)) param.min = json[key].get<double>();
  for (const char* key : {"max", "less_than"})
    if (json.contains(key)) param.max = json[key].get<double>();
  param.choices = json.value("choices", std::vector<std::string>{});
  param.component_kind = json.value("component_kind", "");
  param.in_key = json.value("in_key", true);
  if (json.contains("neutral")) param.neutral = json["neutral"];
  param.budget = json.value("budget", false);
  param.horizon = json.value("horizon", "");
  param.files = json.value("files", std::vector<std::string>{});
  return param;
}

}  // namespace

const ParamSpec* PluginSpec::param(const std::string& name) const { return find_named(params, name); }
const PortSpec* PluginSpec::input(const std::string& name) const { return find_named(inputs, name); }
const PortSpec* PluginSpec::output(const std::string& name) const { return find_named(outputs, name); }

Json to_json(const PluginSpec& spec) {
  Json json = {{"type", spec.type}, {"kind", spec.kind}, {"summary", spec.summary}};
  json["params"] = Json::array();
  for (const auto& param : spec.params) json["params"].push_back(param_json(param));
  json["inputs"] = Json::array();
  for (const auto& port : spec.inputs) json["inputs"].push_back(port_json(port));
  json["outputs"] = Json::array();
  for (const auto& port : spec.outputs) json["outputs"].push_back(port_json(port));
  json["random"] = spec.random;
  json["numeric"] = spec.numeric;
  json["source"] = spec.source;
  json["uncached"] = spec.uncached;
  if (spec.version) json["version"] = *spec.version;
  if (!spec.proof.is_null()) json["proof"] = spec.proof;
  return json;
}

PluginSpec plugin_spec_from_json(const Json& json) {
  PluginSpec spec;
  spec.type = json.at("type");
  spec.kind = json.at("kind");
  spec.summary = json.at("summary");
  for (const auto& one : json.at("params")) spec.params.push_back(param_from_json(one));
  for (const auto& one : json.at("inputs")) spec.inputs.push_back(port_from_json(one));
  for (const auto& one : json.at("outputs")) spec.outputs.push_back(port_from_json(one));
  spec.random = json.value("random", false);
  spec.numeric = json.value("numeric", false);
  spec.source = json.value("source", false);
  spec.uncached = json.value("uncached", false);
  if (json.contains("version")) spec.version = json["version"].get<int>();
  if (json.contains("proof")) spec.proof = json["proof"];
  return spec;
}

std::string json_type_name(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "bool";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "list" : "object";
}

std::optional<std::string> problem_with(const ParamSpec& spec, const Json& value) {
  const std::string label = "\"" + spec.name + "\"";
  if (value.is_null() && spec.optional) return std::nullopt;
  if (spec.type.rfind("list of ", 0) != 0) return element_problem(spec, label, spec.type, value);
  if (!value.is_array()) {
    std::string text = label + " expects " + spec.type + ", got " + json_type_name(value);
    if (!value.is_structured()) text += " (" + value.dump() + ")";
    return text;
  }
  for (size_t i = 0; i < value.size(); ++i)
    if (auto problem = element_problem(spec, label + "[" + std::to_string(i) + "]", spec.type.substr(8), value[i]))
      return problem;
  return std::nullopt;
}

Json canonical(const ParamSpec& spec, const Json& value) {
  if (spec.type == "number" && value.is_number()) return value.get<double>();
  if (spec.type == "list of number" && value.is_array()) {
    Json list = Json::array();
    for (const auto& one : value) list.push_back(one.is_number() ? Json(one.get<double>()) : one);
    return list;
  }
  return value;
}

}  // namespace retort
