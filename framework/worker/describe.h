#pragma once
// Writes what a plugin says about itself beside its library, so that graphs are checked and planned without opening it.
#include <filesystem>
#include <vector>

namespace retort {

/// What the build knows about a plugin's code. Without it the source that the plugin names, compiled without options,
/// and the symbols of its library stand for it.
struct PluginBuild {
  std::filesystem::path commands;                ///< compile_commands.json
  std::vector<std::filesystem::path> objects;    ///< the plugin's own
  std::vector<std::filesystem::path> libraries;  ///< of the project, each with its members beside it
};

/// Writes the manifest of `library` (format in framework/docs/formats.md, *Manifest*). Paths of sources are relative to
/// `root`. Throws Error(plugin) if the library is refused, Error(data) if its code cannot be told.
void write_manifest(const std::filesystem::path& library, const std::filesystem::path& root,
                    const std::filesystem::path& output, const PluginBuild& build = {});

}  // namespace retort
