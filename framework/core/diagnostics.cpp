#include "core/diagnostics.h"

#include <algorithm>
#include <tuple>

namespace retort {
namespace {

auto order(const Diagnostic& one) {
  return std::make_tuple(!one.place.origin.empty(), std::cref(one.place.file.text()), one.place.line, one.place.column,
                         std::cref(one.place.origin.text()));
}

const char* name_of(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

}  // namespace

void Diagnostics::error(Place place, std::string message, std::string hint) {
  all_.push_back({place, Severity::error, std::move(message), std::move(hint)});
  ++errors_;
}

void Diagnostics::warning(Place place, std::string message, std::string hint) {
  all_.push_back({place, Severity::warning, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> all = all_, result;
  std::stable_sort(all.begin(), all.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
  for (auto& one : all) {
    const auto said = [&](const Diagnostic& other) { return other.message == one.message; };
    auto same_place = result.end();
    while (same_place != result.begin() && order(*(same_place - 1)) == order(one)) --same_place;
    if (std::none_of(same_place, result.end(), said)) result.push_back(std::move(one));
  }
  return result;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = to_string(diagnostic.place);
  if (!text.empty()) text += ": ";
  text += std::string(name_of(diagnostic.severity)) + ": " + diagnostic.message + "\n";
  for (size_t from = 0; from < diagnostic.hint.size();) {
    const size_t end = std::min(diagnostic.hint.find('\n', from), diagnostic.hint.size());
    text += "    " + diagnostic.hint.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return text;
}

std::string to_string(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& one : diagnostics.sorted()) text += to_string(one);
  return text;
}

Json to_json(const Diagnostics& diagnostics) {
  Json list = Json::array();
  for (const auto& one : diagnostics.sorted()) {
    Json json = {{"severity", name_of(one.severity)}, {"message", one.message}};
    if (!one.place.file.empty()) json["file"] = one.place.file.text();
    if (one.place.line) json["line"] = one.place.line, json["column"] = one.place.column;
    if (!one.place.origin.empty()) json["origin"] = one.place.origin.text();
    if (!one.hint.empty()) json["hint"] = one.hint;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace retort
