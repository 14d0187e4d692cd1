#include "core/json_numbers.h"

#include <cmath>

namespace retort {
namespace {

/// `path` is what leads to `json`.
std::optional<std::string> search(const nlohmann::json& json, const std::string& path) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return path;
  if (json.is_array())
    for (size_t i = 0; i < json.size(); ++i)
      if (auto found = search(json[i], path + "[" + std::to_string(i) + "]")) return found;
  if (json.is_object())
    for (const auto& [name, value] : json.items())
      if (auto found = search(value, path.empty() ? name : path + "." + name)) return found;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> not_finite_in(const nlohmann::json& json) { return search(json, ""); }

}  // namespace retort
