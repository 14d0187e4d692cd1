#pragma once
// Where output of the nodes' own code goes: each job's log file, the one that it names.
#include <string>

namespace retort {

/// Standard output and error go to the file `log` from here on; empty: they stay as they are. A log in which nothing
/// was written becomes the next job's: nodes that print nothing, most small ones, leave no file behind.
void redirect_output(const std::string& log);

}  // namespace retort
