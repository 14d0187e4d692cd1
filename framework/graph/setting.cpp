#include "graph/setting.h"

#include <algorithm>
#include <array>

#include "graph/keys.h"

namespace retort {
namespace {

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<Choice> node_names(const Json& nodes) {
  std::vector<std::string> names;
  if (nodes.is_object())
    for (const auto& [name, value] : nodes.items()) names.push_back(name);
  return choices(names);
}

/// Walks down a path, writing defaults where it enters parameters that are not written.
class Walk {
 public:
  Walk(Reading& reading, const Setting& setting, MarkedJson& object)
      : reading_(reading), setting_(setting), value_(&object.value), marks_(&object.marks) {
    if (!setting.node.empty()) owner_ = plugin_of("node");
  }

  bool go() {
    for (size_t i = 0; i < setting_.steps.size(); ++i) {
      const bool last = i + 1 == setting_.steps.size();
      const auto& step = setting_.steps[i];
      const bool ok = std::holds_alternative<size_t>(step) ? element(std::get<size_t>(step))
                                                           : member(std::get<std::string>(step), last);
      if (!ok) return false;
    }
    return true;
  }

  Json& value() { return *value_; }
  Marks& marks() { return *marks_; }

 private:
  bool fail(const std::string& why, const std::string& hint = "") {
    reading_.error(setting_.mark, "cannot set " + in_quotes(setting_.text) + ": " + why, hint);
    return false;
  }

  /// The manifest that the parameters of the object at hand obey.
  const Manifest* plugin_of(const std::string& kind) const {
    const auto type = value_->find("type");
    return type != value_->end() && type->is_string() ? reading_.catalog.find(kind, *type) : nullptr;
  }

  bool element(size_t index) {
    if (!value_->is_array()) return fail(in_quotes(last_) + " is no list");
    if (index >= value_->size())
      return fail(in_quotes(last_) + " has " + std::to_string(value_->size()) + " elements, numbered from 0");
    value_ = &(*value_)[index];
    if (marks_->inside.size() <= index) {
      Marks known;
      known.value = marks_->value;
      known.key = marks_->key;
      marks_->inside.resize(index + 1, known);
    }
    marks_ = &marks_->inside[index];
    if (param_) owner_ = value_->is_object() ? plugin_of(param_->component_kind) : nullptr;
    return true;
  }

  bool member(const std::string& name, bool last) {
    if (!value_->is_object()) return fail(in_quotes(last_) + " is no object");
    if (param_ && param_->type == "component") owner_ = plugin_of(param_->component_kind);
    const bool holds_params = last_ == "params" || param_;
    param_ = holds_params && owner_ ? owner_->spec.param(name) : nullptr;
    const bool fresh = !value_->contains(name);
    Json& inside = (*value_)[name];
    marks_ = &marks_->make(name);
    if (fresh) {
      marks_->key = marks_->value = setting_.mark;
      if (!last) inside = param_ && param_->is_component() ? param_->default_value : Json::object();
    }
    value_ = &inside;
    last_ = name;
    return true;
  }

  Reading& reading_;
  const Setting& setting_;
  Json* value_;
  Marks* marks_;
  const Manifest* owner_ = nullptr;   ///< whose parameters the object at hand holds
  const ParamSpec* param_ = nullptr;  ///< the parameter the value at hand is
  std::string last_;                  ///< the member entered last
};

/// Walks down a path without changing anything.
class Look {
 public:
  Look(const Catalog& catalog, const Json& node) : catalog_(catalog), value_(&node) {
    const auto type = node.find("type");
    if (type != node.end() && type->is_string()) owner_ = catalog.find("node", *type);
  }

  Declared at(const std::vector<Setting::Step>& steps) {
    static const Json none = Json::object();
    if (steps.empty() || steps[0] != Setting::Step(std::string("params"))) return {};
    value_ = value_->contains("params") ? &(*value_)["params"] : &none;
    for (size_t i = 1; i < steps.size() && value_; ++i)
      if (const auto* index = std::get_if<size_t>(&steps[i]))
        element(*index);
      else
        member(std::get<std::string>(steps[i]));
    return {param_, element_, value_};
  }

 private:
  void element(size_t index) {
    element_ = true;
    value_ = value_->is_array() && index < value_->size() ? &(*value_)[index] : nullptr;
  }

  void member(const std::string& name) {
    if (param_) owner_ = component();
    param_ = owner_ ? owner_->spec.param(name) : nullptr;
    element_ = false;
    const bool written = value_->is_object() && value_->contains(name);
    value_ = written ? &(*value_)[name] : param_ ? &param_->default_value : nullptr;
  }

  const Manifest* component() const {
    const bool has_type = value_->is_object() && value_->contains("type") && (*value_)["type"].is_string();
    return has_type ? catalog_.find(param_->component_kind, (*value_)["type"]) : nullptr;
  }

  const Catalog& catalog_;
  const Json* value_;
  const Manifest* owner_ = nullptr;
  const ParamSpec* param_ = nullptr;
  bool element_ = false;
};

}  // namespace

std::optional<std::vector<Setting::Step>> path_steps(const std::string& text) {
  std::vector<Setting::Step> steps;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '[') {
      const size_t end = text.find(']', at);
      if (end == std::string::npos || end == at + 1 || end - at > 9) return std::nullopt;
      const std::string digits = text.substr(at + 1, end - at - 1);
      if (digits.find_first_not_of("0123456789") != std::string::npos || steps.empty()) return std::nullopt;
      steps.emplace_back(static_cast<size_t>(std::stoul(digits)));
      at = end + 1;
      continue;
    }
    if (!steps.empty() && text[at++] != '.') return std::nullopt;
    const size_t end = std::min(text.find_first_of(".[", at), text.size());
    if (end == at) return std::nullopt;
    steps.emplace_back(text.substr(at, end - at));
    at = end;
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

std::string path_text(const std::vector<Setting::Step>& steps) {
  std::string text;
  for (const auto& step : steps)
    if (const auto* index = std::get_if<size_t>(&step))
      text += "[" + std::to_string(*index) + "]";
    else
      text += (text.empty() ? "" : ".") + std::get<std::string>(step);
  return text;
}

std::string Declared::type() const {
  if (!param) return "";
  const bool list = param->type.rfind("list of ", 0) == 0;
  return list && element ? param->type.substr(8) : param->type;
}

Declared declared_at(const Catalog& catalog, const Setting& setting, const Json& node) {
  return Look(catalog, node).at(setting.steps);
}

Json typed(const std::string& text, const Declared& declared) {
  const std::string type = declared.type();
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded() || ((type == "string" || type == "path") && !value.is_string() && !value.is_null()))
    value = text;
  if (type == "component" && value.is_string()) return {{"type", value}};
  return value;
}

std::optional<Setting> parse_setting(Reading& reading, const std::string& text, Mark mark, const Json& nodes) {
  auto steps = path_steps(text);
  if (!steps) {
    reading.error(mark, in_quotes(text) + " is no path",
                  "write node.parameter, node.losses[1].weight or node.inputs.port");
    return std::nullopt;
  }
  const std::string first = std::get<std::string>(steps->front());
  if (first == "let" && steps->size() > 1 && std::holds_alternative<std::string>((*steps)[1]))
    return Setting{"", *steps, text, mark};
  if (steps->size() == 1) {
    if (is_one_of(first, kGraphSettings)) return Setting{"", *steps, text, mark};
    const bool is_node = nodes.is_object() && nodes.contains(first);
    reading.error(mark,
                  is_node ? in_quotes(text) + " names a node, not one of its parameters"
                          : "there is no setting " + in_quotes(text),
                  is_node ? "write " + first + ".parameter" : name_hint(first, choices(kGraphSettings), "settings"));
    return std::nullopt;
  }
  if (!nodes.is_object() || !nodes.contains(first)) {
    reading.error(mark, "there is no node " + in_quotes(first), name_hint(first, node_names(nodes), "nodes"));
    return std::nullopt;
  }
  steps->erase(steps->begin());
  const auto* second = std::get_if<std::string>(&steps->front());
  if (!second) {
    reading.error(mark, in_quotes(text) + " is no path", "a node has no elements");
    return std::nullopt;
  }
  if (!is_one_of(*second, kNodeKeys)) steps->insert(steps->begin(), Setting::Step(std::string("params")));
  return Setting{first, *steps, text, mark};
}

bool apply_setting(Reading& reading, const Setting& setting, const Json& value, Mark value_mark, MarkedJson& object) {
  Walk walk(reading, setting, object);
  if (!walk.go()) return false;
  walk.value() = value;
  walk.marks().value = value_mark;
  walk.marks().inside.clear();
  return true;
}

}  // namespace retort
