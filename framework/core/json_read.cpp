#include "core/json_read.h"

#include <cmath>

#include "core/hex.h"

namespace retort {
namespace {

constexpr size_t kShown = 60;

const Json* member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

bool fits(const Json& value, FieldRule::Type type) {
  switch (type) {
    case FieldRule::text:
      return value.is_string();
    case FieldRule::number:
      return value.is_number() && std::isfinite(value.get<double>());
    case FieldRule::whole:
      return value.is_number_integer();
    case FieldRule::count:
      return value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
    case FieldRule::flag:
      return value.is_boolean();
    case FieldRule::object:
      return value.is_object();
    case FieldRule::list:
      return value.is_array();
    case FieldRule::key:
      return value.is_string() &&
             (value.get_ref<const std::string&>().empty() || is_sha256(value.get_ref<const std::string&>()));
    case FieldRule::any:
      break;
  }
  return true;
}

const char* in_words(FieldRule::Type type) {
  constexpr const char* words[] = {"a text",        "a number",  "a whole number", "a whole number not below 0",
                                   "true or false", "an object", "a list",         "a SHA-256",
                                   "anything"};
  return words[type];
}

std::string shown(const Json& value) {
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
}

}  // namespace

bool is_shallow(std::string_view text, size_t most) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > most) return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}

Json parsed_json(std::string_view text) {
  if (!is_shallow(text)) return nullptr;
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json() : json;
}

std::string text_in(const Json& json, const char* name, const std::string& instead) {
  const Json* value = member(json, name);
  return value && value->is_string() ? value->get<std::string>() : instead;
}

double number_in(const Json& json, const char* name, double instead) {
  const Json* value = member(json, name);
  return value && fits(*value, FieldRule::number) ? value->get<double>() : instead;
}

int64_t whole_in(const Json& json, const char* name, int64_t instead) {
  const Json* value = member(json, name);
  return value && value->is_number_integer() ? value->get<int64_t>() : instead;
}

const Json& object_in(const Json& json, const char* name) {
  static const Json none = Json::object();
  const Json* value = member(json, name);
  return value && value->is_object() ? *value : none;
}

const Json& list_in(const Json& json, const char* name) {
  static const Json none = Json::array();
  const Json* value = member(json, name);
  return value && value->is_array() ? *value : none;
}

std::string problem_with(const Json& json, std::initializer_list<FieldRule> rules) {
  if (!json.is_object()) return shown(json) + " is no object";
  for (const FieldRule& rule : rules) {
    const Json* value = member(json, rule.name);
    if (!value && rule.required) return "\"" + std::string(rule.name) + "\" is missing";
    if (value && !fits(*value, rule.type))
      return "\"" + std::string(rule.name) + "\" is " + shown(*value) + ", must be " + in_words(rule.type);
  }
  return "";
}

}  // namespace retort
