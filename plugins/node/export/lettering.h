#pragma once
// Plain letters for pictures: a font of 5 × 7 dots, drawn for this file, each letter as wide as it is.
#include <cstdint>
#include <string>
#include <vector>

namespace retort::lettering {

inline constexpr int64_t kHeight = 9;  ///< dots of a line: seven, and two below it

/// Dots of a text in `kHeight` rows of equal length. A character outside ASCII is a filled block.
std::vector<std::string> dots(const std::string& text);

}  // namespace retort::lettering
