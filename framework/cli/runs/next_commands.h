#pragma once
// The commands that a run ends with: to be typed next, each for the graph, the settings and the store of that run.
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/session/session.h"
#include "events/run_state.h"

namespace retort {

/// " --node score", " --node=-x": an option with its value, as a shell takes it; empty without a value.
std::string option_words(const char* name, const std::string& value);

/// `retort table` with these words behind the graph; empty for a graph of an earlier run, whose files may have changed.
std::string command_of_table(const GraphOptions& asked, const std::string& more = "");

/// After a run that is done: its tables, its page, and the files of the last node that has a result. `run` is empty for
/// one that the store did not record.
std::vector<std::string> commands_after(const GraphOptions& asked, const std::string& run, bool tables,
                                        const std::string& last_node);

/// For the state the run ended in; `words` are what `retort run` was called with.
std::vector<std::string> next_commands(const GraphOptions& asked, const RunState& state, bool tables,
                                       const Words& words);

}  // namespace retort
