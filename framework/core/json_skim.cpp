#include "core/json_skim.h"

#include <algorithm>

#include "core/plugin_spec.h"

namespace retort {
namespace {

bool is_structure(char c) { return c == '"' || c == '{' || c == '}' || c == '[' || c == ']'; }

}  // namespace

JsonSkim::JsonSkim(std::string_view text) : rest_(text) {
  skip_spaces();
  ok_ = !rest_.empty() && (rest_[0] == '{' || rest_[0] == '[');
  if (!ok_) return;
  object_ = rest_[0] == '{';
  rest_.remove_prefix(1);
}

bool JsonSkim::fail() { return ok_ = false; }

void JsonSkim::skip_spaces() {
  size_t at = 0;
  while (at < rest_.size() && (rest_[at] == ' ' || rest_[at] == '\n' || rest_[at] == '\t' || rest_[at] == '\r')) ++at;
  rest_.remove_prefix(at);
}

std::string_view JsonSkim::take_string() {
  if (rest_.empty() || rest_[0] != '"') return {};
  size_t at = 0;
  for (size_t escapes = 1; escapes % 2 != 0;) {  // an odd number of them before it: the quote belongs to the text
    at = rest_.find('"', at + 1);
    if (at == std::string_view::npos) return {};
    for (escapes = 0; rest_[at - escapes - 1] == '\\';) ++escapes;
  }
  const std::string_view taken = rest_.substr(0, at + 1);
  rest_.remove_prefix(at + 1);
  return taken;
}

std::string_view JsonSkim::take_value() {
  const std::string_view start = rest_;
  if (rest_.empty()) return {};
  if (rest_[0] == '"') return take_string();
  if (rest_[0] != '{' && rest_[0] != '[') {
    rest_.remove_prefix(std::min(rest_.find_first_of(",}] \n"), rest_.size()));
    return start.substr(0, start.size() - rest_.size());
  }
  for (size_t depth = 0;;) {
    size_t at = 0;
    while (at < rest_.size() && !is_structure(rest_[at])) ++at;
    if (at == rest_.size()) return {};
    rest_.remove_prefix(at);
    if (rest_[0] == '"') {
      if (take_string().empty()) return {};
      continue;
    }
    depth += rest_[0] == '{' || rest_[0] == '[' ? size_t{1} : static_cast<size_t>(-1);
    rest_.remove_prefix(1);
    if (depth == 0) return start.substr(0, start.size() - rest_.size());
  }
}

bool JsonSkim::next() {
  if (!ok_) return false;
  skip_spaces();
  if (rest_.empty()) return fail();
  if (rest_[0] == (object_ ? '}' : ']')) return false;
  if (!first_) {
    if (rest_[0] != ',') return fail();
    rest_.remove_prefix(1);
    skip_spaces();
  }
  first_ = false;
  if (object_) {
    name_ = take_string();
    if (name_.empty()) return fail();
    name_ = name_.substr(1, name_.size() - 2);
    skip_spaces();
    if (rest_.empty() || rest_[0] != ':') return fail();
    rest_.remove_prefix(1);
    skip_spaces();
  }
  value_ = take_value();
  return !value_.empty() || fail();
}

std::optional<std::string> JsonSkim::text(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"') return std::nullopt;
  if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
  const Json json = Json::parse(raw, nullptr, /*allow_exceptions=*/false);
  return json.is_string() ? std::optional(json.get<std::string>()) : std::nullopt;
}

}  // namespace retort
