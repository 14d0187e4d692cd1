#include "kinds/kind.h"

#include <fnmatch.h>

#include <algorithm>

namespace retort {
namespace {

constexpr std::string_view kList = "list of ";

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

bool Condition::fits(const Json& meta) const {
  const auto found = meta.find(entry);
  const bool there =
      found != meta.end() && (values.empty() || (found->is_string() && contains(values, found->get<std::string>())));
  return there == holds;
}

std::string Condition::text() const {
  if (values.empty()) return entry + (holds ? " is there" : " is absent");
  std::string all;
  for (const auto& value : values) all += (all.empty() ? "" : " or ") + value;
  return entry + (holds ? " is " : " is not ") + all;
}

bool FileFact::covers(const std::string& file) const {
  return ::fnmatch(name.c_str(), file.c_str(), FNM_PATHNAME) == 0;
}

bool has_type(const Json& value, const std::string& type) {
  if (type.starts_with(kList)) {
    const std::string each = type.substr(kList.size());
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [&](const Json& one) { return has_type(one, each); });
  }
  if (type == "string") return value.is_string();
  if (type == "bool") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "object" && value.is_object();
}

FileFact& Kind::file(std::string called, std::string about) {
  FileFact& fact = files.emplace_back();
  fact.name = std::move(called);
  fact.doc = std::move(about);
  return fact;
}

const Kind* find_kind(const std::string& name) {
  for (const auto& kind : kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.push_back(kind.name);
  return names;
}

}  // namespace retort
