#pragma once
// Runs another program in the foreground, without a shell.
#include <string>
#include <vector>

namespace retort {

/// Its exit code; 128 + n if signal n ended it. Throws Error(user) saying that it must be installed if it is not there.
int run_program(std::vector<std::string> words);

}  // namespace retort
