#include "graph/setting.h"

#include <algorithm>
#include <array>

#include "graph/keys.h"

namespace retort {
namespace {

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "a.b[1].c" → a, b, 1, c; nothing if it is malformed.
std::optional<std::vector<Setting::Step>> steps_of(const std::string& text) {
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

/// JSON if it is, else the text itself: `--set a.codec=png` needs no quotes.
Json typed(const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(text) : value;
}

}  // namespace

std::optional<Setting> parse_setting(Reading& reading, const std::string& text, Mark mark, const Json& nodes) {
  auto steps = steps_of(text);
  if (!steps) {
    reading.error(mark, in_quotes(text) + " is no path",
                  "write node.parameter, node.losses[1].weight or node.inputs.port");
    return std::nullopt;
  }
  const std::string first = std::get<std::string>(steps->front());
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

void apply_sets(Reading& reading, MarkedJson& document) {
  std::vector<std::string> sets = reading.options.sets;
  const Json none;
  for (const auto& text : sets) {
    const Mark mark{reading.texts.add_origin("--set " + text), 0};
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      reading.error(mark, "there is no \"=\"", "write --set node.parameter=value");
      continue;
    }
    const auto nodes = document.value.find("nodes");
    const auto setting =
        parse_setting(reading, text.substr(0, equals), mark, nodes == document.value.end() ? none : *nodes);
    if (!setting) continue;
    const Json value = typed(text.substr(equals + 1));
    if (setting->node.empty()) {
      apply_setting(reading, *setting, value, mark, document);
      continue;
    }
    Marks& marks = document.marks.make("nodes").make(setting->node);
    MarkedJson node{std::move((*nodes)[setting->node]), std::move(marks)};
    apply_setting(reading, *setting, value, mark, node);
    (*nodes)[setting->node] = std::move(node.value);
    marks = std::move(node.marks);
  }
  if (reading.options.device.empty()) return;
  const Mark mark{reading.texts.add_origin("--device " + reading.options.device), 0};
  apply_setting(reading, Setting{"", {std::string("device")}, "device", mark}, reading.options.device, mark, document);
}

}  // namespace retort
