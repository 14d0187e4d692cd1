#pragma once
// Numbers in JSON that JSON cannot write.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace retort {

/// Where the first number is that is NaN or infinite: "accuracy_last", "losses[2].value"; nothing if there is none.
std::optional<std::string> not_finite_in(const nlohmann::json& json);

}  // namespace retort
