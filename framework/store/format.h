#pragma once
// The folders of a store and the version that stands in its `format` file.
#include <filesystem>
#include <string>
#include <vector>

namespace retort {

/// Makes a store at `root` if there is none, and brings one of an older format to this one; what was mended is added to
/// `remarks`. Throws Error(store) for a newer format, a folder that holds other things, a place that cannot be made.
void prepare_store(const std::filesystem::path& root, std::vector<std::string>& remarks);

/// Whether there is a store that this retort can read. Throws Error(store) for a newer format. Writes nothing.
bool has_store(const std::filesystem::path& root);

}  // namespace retort
