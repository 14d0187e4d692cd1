#pragma once
// The graph of a run as it was resolved, from the file that the run left (graph.json).
#include <filesystem>
#include <string>

#include "core/plugin_spec.h"

namespace retort {

/// {"nodes": {NAME: {"type", "base"?, "cell"?, "inputs": {PORT: ["NODE.PORT"]}, "params", …}}, …}, every field of that
/// type; nodes that are not so are left out, and `problem` says of the first what is wrong. Without a file, or one that
/// can be read: no nodes.
Json resolved_graph(const std::filesystem::path& file, std::string* problem = nullptr);

}  // namespace retort
