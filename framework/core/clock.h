#pragma once
// The time of day as it is written into files, and whose file it is.
#include <string>

namespace retort {

/// "2026-01-31T14:25:01Z"
std::string utc_now();
/// "2026-01-31T14:25:01.052Z": where the order of two matters.
std::string utc_now_milliseconds();

/// The user this process acts for: "ada", or "user 1000" for one without a name.
std::string user_name();

}  // namespace retort
