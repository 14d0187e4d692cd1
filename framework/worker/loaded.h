#pragma once
// Which builds of shared libraries this process has in its memory: a file may have been replaced since it was opened.
#include <filesystem>
#include <map>
#include <string>

namespace retort {

/// Path of each library loaded → the build id its linker wrote into it (GNU note), hex; "" if it wrote none.
std::map<std::string, std::string> loaded_builds();

/// Those of `plugin` and of the project's libraries among them (members lie beside those).
std::map<std::string, std::string> project_libraries(const std::filesystem::path& plugin);

/// The same by file name, as a manifest has them.
std::map<std::string, std::string> project_builds(const std::filesystem::path& plugin);

}  // namespace retort
