#pragma once
// The files that come with Retort: graphs, data sets' manifests, templates of plugins.
#include <filesystem>
#include <string>

namespace retort {

/// The folder of that name ("graphs", "datasets", "templates"): of the installation that runs, `share/retort/NAME`
/// beside its `bin`, else of the source tree it was built in.
std::filesystem::path shipped_folder(const std::string& name);

/// The folder with the RetortConfig.cmake that belongs to the program that runs, for CMake's Retort_DIR. Throws
/// Error(user) where there is none.
std::filesystem::path package_folder();

}  // namespace retort
