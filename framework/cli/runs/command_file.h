#pragma once
// What a run was asked for, kept with it, so that it can be run again whatever became of its files.
#include <filesystem>

#include "cli/session/session.h"

namespace retort {

/// What lies in it: the graph's files as they were read, and the options that shape it.
std::string command_text(const GraphOptions& options, const Graph& graph);

/// The options that run `id` had. Its graph's files are read as they were then; paths of data stay what they are.
/// Throws Error(user) for an id that is not there, with the nearest, Error(store) for a file that is damaged or newer.
GraphOptions kept_command(const Store& store, const std::string& id);

}  // namespace retort
