#pragma once
// Leaves a command going when its terminal is gone.
#include <filesystem>

namespace retort {

/// Splits the process. In the one that goes on (no terminal, a session of its own, output to the file `said`) it
/// returns false; in the one the user waits for, true. Throws Error(store) if `said` cannot be written.
bool detach(const std::filesystem::path& said);

}  // namespace retort
