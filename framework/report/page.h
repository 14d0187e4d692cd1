#pragma once
// The page: one HTML file with everything in it. Data stand in JSON elements that the script parses when they are first
// looked at; nothing of a graph or a data set is ever markup. A content security policy allows the script and the style
// of this build by their digests, and no request but to the server a live page came from.
#include <string>
#include <utility>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

/// Id of an element, and what it holds. The first is shown before the others are read.
using PageParts = std::vector<std::pair<std::string, Json>>;

std::string page_html(const PageParts& parts, bool live);

/// The policy of the page, for the server's header too.
std::string page_policy(bool live);

/// JSON that may stand inside a script element: no "<" is left in it. Text that is no
/// UTF-8 is written with the characters of system_text.h.
std::string script_json(const Json& json);

}  // namespace retort
