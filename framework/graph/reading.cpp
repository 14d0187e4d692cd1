#include "graph/reading.h"

#include <algorithm>

#include "core/nearest.h"

namespace retort {
namespace {

constexpr size_t kMostNamesListed = 12;

template <class T>
std::vector<Choice> named(const std::vector<T>& all) {
  std::vector<Choice> result;
  for (const auto& one : all) result.emplace_back(one.name, one.doc);
  return result;
}

}  // namespace

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string joined(const std::vector<std::string>& names, const std::string& between) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

std::string shown(const Json& value) {
  return json_type_name(value) + (value.is_structured() ? "" : " (" + value.dump() + ")");
}

std::string name_hint(const std::string& name, const std::vector<Choice>& valid, const std::string& what) {
  std::vector<std::string> names;
  for (const auto& one : valid) names.push_back(one.first);
  const std::string near = nearest(name, names);
  if (near.empty() && (names.empty() || names.size() > kMostNamesListed)) return "";
  if (near.empty()) return what + ": " + joined(names);
  const auto found = std::find_if(valid.begin(), valid.end(), [&](const Choice& one) { return one.first == near; });
  return did_you_mean(near) + (found->second.empty() ? "" : " (" + found->second + ")");
}

std::vector<Choice> choices(const std::vector<std::string>& names) {
  std::vector<Choice> result;
  for (const auto& name : names) result.emplace_back(name, "");
  return result;
}

std::vector<Choice> choices(const std::vector<ParamSpec>& params) { return named(params); }
std::vector<Choice> choices(const std::vector<PortSpec>& ports) { return named(ports); }

std::vector<Choice> choices(const std::vector<const Manifest*>& manifests) {
  std::vector<Choice> result;
  for (const Manifest* manifest : manifests) result.emplace_back(manifest->spec.type, manifest->spec.summary);
  return result;
}

void refuse_unknown(Reading& reading, const MarkedJson& object, const std::vector<std::string>& known,
                    const std::string& subject) {
  for (const auto& [name, value] : object.value.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    reading.error(object.marks.at(name).key, subject + ": unknown key " + in_quotes(name),
                  name_hint(name, choices(known), "valid keys"));
  }
}

}  // namespace retort
