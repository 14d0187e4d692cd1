#pragma once
// Where plugins are looked for, and what a store remembers of those that results came from.
#include <filesystem>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "graph/graph.h"
#include "store/store.h"

namespace retort {

/// `$RETORT_PLUGIN_PATH`, `plugins/` beside the graph (here, without one), "plugins" in the settings of the store, the
/// build's or installation's own. `store` is what --store says.
std::vector<std::filesystem::path> plugin_folders(const std::string& graph, const std::string& store);

/// "no plugin was found in A, B; …": for whoever misses one.
std::string where_it_looked(const std::string& graph, const std::string& store);

/// Keeps the descriptions of the graph's plugins that are no part of this installation, so that its results can be
/// shown where those plugins are not. A store that cannot be written is no error.
void remember_plugins(const Store& store, const Graph& graph);

/// Adds what was remembered of the graph's plugins and is not in the catalog: good for showing results, not for a run.
void recall_plugins(const std::filesystem::path& store, const std::string& graph, Catalog& catalog);

}  // namespace retort
