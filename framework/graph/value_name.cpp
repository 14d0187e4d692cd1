#include "graph/value_name.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "core/digest.h"

namespace retort {
namespace {

constexpr size_t kLongest = 60, kKept = 48, kDigits = 8;

bool is_plain(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain) &&
         Json::parse(text, nullptr, /*allow_exceptions=*/false).is_discarded();
}

std::string type_of(const Json& value) {
  return value.is_object() && value.contains("type") && value["type"].is_string() ? value["type"].get<std::string>()
                                                                                  : "";
}

std::string content(const Json& value);

/// "kernel=rbf weight=2" with `between` of a space.
std::string members(const Json& object, const char* between) {
  std::string text;
  for (const auto& [name, one] : object.items())
    if (name != "type" || type_of(object).empty()) text += (text.empty() ? "" : between) + name + "=" + content(one);
  return text;
}

std::string with_params(const Json& component) {
  const std::string params = members(component, " ");
  return type_of(component) + (params.empty() ? "" : " " + params);
}

/// Different for different values.
std::string content(const Json& value) {
  if (value.is_string()) return is_plain(value) ? value.get<std::string>() : value.dump();
  if (!type_of(value).empty()) return with_params(value);
  if (value.is_object()) return "{" + members(value, ",") + "}";
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const auto& one : value) text += (text.empty() ? "" : ",") + content(one);
  return "[" + text + "]";
}

std::string shortened(std::string text, const Json& value) {
  if (text.size() <= kLongest) return text;
  size_t end = kKept;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a letter
  return text.substr(0, end) + "~" + sha256_hex(value.dump()).substr(0, kDigits);
}

/// Digits in one form; the text itself if it is no number, or a whole one that a double may not hold.
std::string plain_number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return text;
  const size_t digits = text[0] == '-' ? 1 : 0;
  if (text.size() > digits + 1 && text[digits] == '0' && std::isdigit(static_cast<unsigned char>(text[digits + 1])))
    return text;  // "007" is a word
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return text;
  if (text.find_first_not_of("-0123456789") == std::string::npos && std::abs(number) >= 0x1p53) return text;
  if (std::round(number) == number && std::abs(number) < 0x1p53) return std::to_string(static_cast<int64_t>(number));
  return Json(number).dump();
}

}  // namespace

std::string value_name(const Json& value) {
  if (value.is_string()) return value;
  if (const std::string type = type_of(value); !type.empty()) return type;
  return shortened(content(value), value);
}

std::vector<std::string> value_names(const Json& values) {
  std::vector<std::string> names;
  std::unordered_map<std::string, size_t> count;
  for (const auto& value : values) {
    names.push_back(value_name(value));
    ++count[names.back()];
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (count[names[i]] > 1 && values[i].is_object()) names[i] = shortened(with_params(values[i]), values[i]);
  return names;
}

std::string plain_numbers(const std::string& name) {
  static const std::string kBetween = "=,{}[] ";
  std::string text;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find_first_of(kBetween, at), name.size());
    text += plain_number(name.substr(at, end - at));
    if (end < name.size()) text += name[end];
    at = end + 1;
  }
  return text;
}

std::optional<size_t> name_meant(const std::string& typed, const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == typed) return i;
  const std::string wanted = plain_numbers(typed);
  for (size_t i = 0; i < names.size(); ++i)
    if (plain_numbers(names[i]) == wanted) return i;
  return std::nullopt;
}

}  // namespace retort
