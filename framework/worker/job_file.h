#pragma once
// One job outside any run, from a file: what `retort debug` starts under a debugger.
#include <filesystem>

namespace retort {

/// Runs the job that the file holds, with a copy of its checkpoints and its output on this terminal; stores nothing.
/// Returns 0 if it ended well. Throws Error(data) if the file is no job.
int run_job_file(const std::filesystem::path& file);

}  // namespace retort
