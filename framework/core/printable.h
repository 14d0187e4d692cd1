#pragma once
// Text from outside on its way to a terminal: what names, files and messages of libraries hold must not move the
// cursor, change the window's title or turn writing round. This is the one place; main puts both outputs through it.
#include <iosfwd>
#include <streambuf>
#include <string>
#include <string_view>

namespace retort {

/// Controls (all but newline and tab; C1 too) and what changes the direction of writing as "\u001b", "\u202e"; bytes
/// that are no UTF-8, and characters that stand for such bytes (system_text.h), as "\xff". The rest as it is.
std::string printable(std::string_view text);

/// From here on, for the rest of the process, all that is written to the stream goes through `printable`.
void make_printable(std::ostream& stream);

/// What comes is JSON: characters that stand for bytes are then written as JSON escapes. Streams that were not made
/// printable are left alone.
void expect_json(std::ostream& stream);

/// Where the stream's bytes go in the end: for views that draw with escape sequences of their own.
std::streambuf* raw_buffer(std::ostream& stream);

}  // namespace retort
