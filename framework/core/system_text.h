#pragma once
// Names of files, arguments and the environment are bytes; JSON, and so keys, records and events, hold UTF-8. Inside
// the program such names stay the bytes they are; where one enters JSON it goes through text_of, where it leaves it
// again to name a file, through bytes_of.
#include <string>
#include <string_view>

#include "core/plugin_spec.h"

namespace retort {

/// UTF-8 as it is; each byte that is none as a character of its own, byte B as U+EF00 + B. Those characters (U+EF80 to
/// U+EFFF, of the private use area) are taken byte by byte themselves where a name holds them: no two names give one
/// text.
std::string text_of(std::string_view bytes);
/// The inverse.
std::string bytes_of(std::string_view text);

/// Strings in it that are no UTF-8, names of members too, through text_of; the others as they are.
Json with_text(const Json& json);

/// JSON text of what may hold such strings: messages, names that nothing is looked up by.
std::string dump_text(const Json& json, int indent = -1);

/// The characters that stand for bytes.
inline constexpr uint32_t kFirstSystemByte = 0xEF80, kLastSystemByte = 0xEFFF;

}  // namespace retort
