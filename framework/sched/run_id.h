#pragma once
// Ids of runs: their order by name is that of their beginnings.
#include <cstdint>
#include <filesystem>
#include <string>

namespace retort {

/// "20260131-142501-052-3fa2": UTC to the millisecond, and four digits by chance.
std::string run_id(int64_t milliseconds_since_1970);

/// Makes the folder of a new run in `runs` and returns its id. It sorts after all that are there, also when the clock
/// was set back or several begin at once. Throws Error(store) if the folder cannot be made.
std::string make_run(const std::filesystem::path& runs);

}  // namespace retort
