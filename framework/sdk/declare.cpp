#include "core/declare.h"

#include <functional>

#include "core/error.h"
#include "core/system_text.h"
#include "sdk/artifact.h"
#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {
namespace {

template <class>
struct TypeName;
#define RETORT_TYPE(T, text)                  \
  template <>                                 \
  struct TypeName<T> {                        \
    static constexpr const char* name = text; \
    static constexpr bool optional = false;   \
  };
RETORT_TYPE(bool, "bool")
RETORT_TYPE(int64_t, "integer")
RETORT_TYPE(double, "number")
RETORT_TYPE(std::string, "string")
RETORT_TYPE(std::vector<int64_t>, "list of integer")
RETORT_TYPE(std::vector<double>, "list of number")
RETORT_TYPE(std::vector<std::string>, "list of string")
#undef RETORT_TYPE
template <class T>
struct TypeName<std::optional<T>> {
  static constexpr const char* name = TypeName<T>::name;
  static constexpr bool optional = true;
};

template <class T>
Json as_json(const T& value) {
  return value;
}
template <class T>
Json as_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
void assign(T& member, const Json& value) {
  member = value.get<T>();
}
template <class T>
void assign(std::optional<T>& member, const Json& value) {
  member = value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

std::string prefixed(const std::string& prefix, const std::string& text) { return prefix + ": " + text; }

Json origin_of(const Declare& declared, const std::string& kind, const std::string& type, const Json& given,
               ComponentSource& components) {
  Json params = Json::object();
  for (const auto& spec : declared.spec(kind, type).params)
    params[spec.name] = canonical(spec, given.contains(spec.name) ? given.at(spec.name) : spec.default_value);
  return {{"type", type}, {"params", params}, {"code", components.code_of(kind, type)}};
}

void bind_one(ComponentSlot& slot, const std::string& place, const Json& value, ComponentSource& components,
              std::vector<std::string>& problems) {
  if (!value.is_object() || !value.contains("type") || !value["type"].is_string()) {
    problems.push_back(prefixed(place, "a component is an object with a \"type\""));
    return;
  }
  auto plugin = components.make(slot.kind(), value["type"]);
  auto declared = std::make_unique<Declare>();
  plugin->declare_all(*declared);
  Json params = value;
  params.erase("type");
  params.erase("inputs");
  for (const auto& problem : declared->bind(params, components)) problems.push_back(prefixed(place, problem));
  plugin->set_origin(origin_of(*declared, slot.kind(), value["type"], params, components));
  slot.add(std::move(plugin), std::move(declared));
}

}  // namespace

Param& Param::at_least(double low) {
  spec_.min = low;
  spec_.min_exclusive = false;
  return *this;
}
Param& Param::greater_than(double low) {
  spec_.min = low;
  spec_.min_exclusive = true;
  return *this;
}
Param& Param::at_most(double high) {
  spec_.max = high;
  spec_.max_exclusive = false;
  return *this;
}
Param& Param::less_than(double high) {
  spec_.max = high;
  spec_.max_exclusive = true;
  return *this;
}
Param& Param::one_of(std::vector<std::string> choices) {
  spec_.choices = std::move(choices);
  return *this;
}
Param& Param::required() {
  spec_.required = true;
  spec_.default_value = nullptr;
  return *this;
}
Param& Param::not_in_key() {
  spec_.in_key = false;
  return *this;
}
Param& Param::neutral(Json value) {
  spec_.neutral = canonical(spec_, value);
  return *this;
}
Param& Param::budget(std::string horizon) {
  RETORT_CHECK(spec_.type == "integer");
  spec_.budget = true;
  spec_.horizon = std::move(horizon);
  return *this;
}
Param& Param::path(std::vector<std::string> files) {
  RETORT_CHECK(spec_.type == "string");
  spec_.type = "path";
  spec_.files = std::move(files);
  return *this;
}

Port& Port::optional() {
  spec_.optional = true;
  return *this;
}
Port& Port::also(std::string kind) {
  spec_.kinds.push_back(std::move(kind));
  return *this;
}
Port& Port::held_out() {
  spec_.held_out = true;
  return *this;
}
Port& Port::fact(std::string name, Json value) {
  spec_.facts[std::move(name)] = std::move(value);
  return *this;
}
Port& Port::facts_of(std::string input) {
  spec_.facts_of = std::move(input);
  return *this;
}

void Declare::about(std::string summary) { head_.summary = std::move(summary); }
void Declare::version(int number) { head_.version = number; }
void Declare::proof(const char* job) { head_.proof = Json::parse(job); }
void Declare::random() { head_.random = true; }
void Declare::numeric() { head_.numeric = true; }
void Declare::source() { head_.source = true; }
void Declare::uncached() { head_.uncached = true; }

Param& Declare::add(std::string name, Param::Target target, std::string doc) {
  Param& param = params_.emplace_back();
  param.target_ = target;
  param.spec_.name = std::move(name);
  param.spec_.doc = std::move(doc);
  std::visit(
      [&](auto* member) {
        using T = std::remove_pointer_t<decltype(member)>;
        if constexpr (std::is_same_v<T, ComponentSlot>) {
          param.spec_.type = member->is_list() ? "list of component" : "component";
          param.spec_.component_kind = member->kind();
          param.spec_.default_value = member->default_value();
          if (param.spec_.default_value == "required") {
            param.spec_.required = true;
            param.spec_.default_value = nullptr;
          }
          param.spec_.optional = !member->is_list() && !param.spec_.required && param.spec_.default_value.is_null();
        } else {
          param.spec_.type = TypeName<T>::name;
          param.spec_.optional = TypeName<T>::optional;
          param.spec_.default_value = as_json(*member);
        }
      },
      target);
  return param;
}

Param& Declare::component(std::string name, ComponentSlot& member, std::string doc) {
  return add(std::move(name), &member, std::move(doc));
}

Port& Declare::input(std::string name, Input& member, std::string kind, std::string doc) {
  Port& port = ports_.emplace_back();
  port.spec_.name = std::move(name);
  port.spec_.kind = std::move(kind);
  port.spec_.doc = std::move(doc);
  port.input_ = &member;
  return port;
}

Port& Declare::inputs(std::string name, Input& member, std::string kind, std::string doc) {
  Port& port = input(std::move(name), member, std::move(kind), std::move(doc));
  port.spec_.list = true;
  return port;
}

Port& Declare::output(std::string name, Output& member, std::string kind, std::string doc) {
  Port& port = ports_.emplace_back();
  port.spec_.name = std::move(name);
  port.spec_.kind = std::move(kind);
  port.spec_.doc = std::move(doc);
  port.output_ = &member;
  return port;
}

PluginSpec Declare::spec(const std::string& kind, const std::string& type) const {
  PluginSpec spec = head_;
  spec.kind = kind;
  spec.type = type;
  for (const auto& param : params_) spec.params.push_back(param.spec_);
  for (const auto& port : ports_) (port.input_ ? spec.inputs : spec.outputs).push_back(port.spec_);
  return spec;
}

std::vector<std::string> Declare::bind(const Json& params, ComponentSource& components) {
  std::vector<std::string> problems;
  for (const auto& [name, value] : params.items()) {
    bool known = false;
    for (const auto& param : params_) known = known || param.spec_.name == name;
    if (!known) problems.push_back("unknown parameter \"" + name + "\"");
  }
  for (auto& param : params_) {
    const ParamSpec& spec = param.spec_;
    const bool given = params.contains(spec.name);
    if (!given && spec.required) {
      problems.push_back("\"" + spec.name + "\" is required");
      continue;
    }
    const Json& value = given ? params.at(spec.name) : spec.default_value;
    if (auto problem = problem_with(spec, value); problem && (given || !value.is_null())) {
      problems.push_back(*problem);
      continue;
    }
    std::visit(
        [&](auto* member) {
          using T = std::remove_pointer_t<decltype(member)>;
          if constexpr (std::is_same_v<T, ComponentSlot>) {
            member->clear();
            if (member->is_list()) {
              for (size_t i = 0; i < value.size(); ++i)
                bind_one(*member, spec.name + "[" + std::to_string(i) + "]", value[i], components, problems);
            } else if (!value.is_null()) {
              bind_one(*member, spec.name, value, components, problems);
            }
          } else {
            assign(*member, canonical(spec, value));
            if constexpr (std::is_same_v<T, std::string>) {
              if (spec.type == "path") *member = bytes_of(*member);
            } else if constexpr (std::is_same_v<T, std::optional<std::string>>) {
              if (spec.type == "path" && *member) *member = bytes_of(**member);
            }
          }
        },
        param.target_);
  }
  return problems;
}

void Declare::each_component(const std::string& prefix,
                             const std::function<void(const std::string&, Plugin&, Declare&)>& visit) {
  for (auto& param : params_) {
    auto* slot = std::get_if<ComponentSlot*>(&param.target_);
    if (!slot) continue;
    for (size_t i = 0; i < (*slot)->size(); ++i) {
      std::string place = prefix + param.spec_.name;
      if ((*slot)->is_list()) place += "[" + std::to_string(i) + "]";
      visit(place, (*slot)->plugin(i), (*slot)->declared(i));
      (*slot)->declared(i).each_component(place + ".", visit);
    }
  }
}

}  // namespace retort
