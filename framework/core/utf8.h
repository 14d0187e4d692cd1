#pragma once
// Where characters begin and end.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace retort {

struct Character {
  size_t size = 0;    ///< bytes; 0: no character of UTF-8 begins here
  uint32_t code = 0;  ///< its Unicode scalar value
};

/// The character that begins at byte `at`, as the Unicode standard has it (table 3-7): no overlong form, no surrogate,
/// nothing above U+10FFFF.
Character character_at(std::string_view bytes, size_t at);

bool is_utf8(std::string_view bytes);

/// Whether the bytes from `at` on may become a character when more of them come.
bool is_begun_character(std::string_view bytes, size_t at);

}  // namespace retort
