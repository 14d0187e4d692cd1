#pragma once
// The contract every plugin must keep, checked by the build on each of them: its declaration reads well, its manifest
// is current, its limits hold, and its kind's own properties (Plugin::broken_properties) are true.
#include <filesystem>
#include <iosfwd>

namespace retort {

/// Prints one line a check and "N passed, M failed"; returns M. Throws Error(plugin) if the library is refused.
/// Components that defaults name are found through manifests in RETORT_PLUGIN_PATH and beside the library.
int check_plugin(const std::filesystem::path& library, std::ostream& out);

}  // namespace retort
