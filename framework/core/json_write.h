#pragma once
// JSON written piece by piece, where building it first would cost more than the rest.
#include <string>
#include <string_view>

namespace retort {

/// Appends the text as a JSON string, with its quotes.
void append_json(std::string& out, std::string_view text);

}  // namespace retort
