#pragma once
// The files that come with Retort: graphs, data sets' manifests, templates of plugins.
#include <filesystem>
#include <string>

namespace retort {

/// The folder of that name ("graphs", "datasets", "templates"): of the installation that runs, `share/retort/NAME`
/// beside its `bin`, else of the source tree it was built in.
std::filesystem::path shipped_folder(const std::string& name);

}  // namespace retort
