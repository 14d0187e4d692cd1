#pragma once
// Writes what a plugin says about itself beside its library, so that graphs are checked and planned without opening it.
#include <filesystem>

namespace retort {

/// Writes the manifest of `library` (format in framework/README.md, *Files*). Paths of sources are relative to `root`.
/// Throws Error(plugin) if the library is refused.
void write_manifest(const std::filesystem::path& library, const std::filesystem::path& root,
                    const std::filesystem::path& output);

}  // namespace retort
