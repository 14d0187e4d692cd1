#pragma once
// Runs of a store on the command line: which one is meant, how it ended, how it is watched.
#include <filesystem>
#include <memory>
#include <string>

#include "events/run_state.h"
#include "events/view.h"
#include "store/store.h"

namespace retort {

/// The folder of a run: by its id or the beginning of it, or the newest of a graph file; of all, if `run` is empty.
/// Throws Error(user) if there is none, with the nearest id, or if several ids begin so.
std::filesystem::path run_folder(const Store& store, const std::string& run);

/// `signal`: number of the signal that ended it, 0 if none did.
int exit_code(const RunState& state, int signal = 0);

/// "done in 12 s: 3 ran, 2 already there; results in STORE"
std::string summary(const RunState& state, const Store& store);

/// Lines on error output; on a terminal, unless `plain`, a few lines that are redrawn.
std::unique_ptr<View> make_view(bool plain);

}  // namespace retort
