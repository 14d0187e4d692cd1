#pragma once
// What to say when the system refuses a file: which one, why, and what can be done.
#include <filesystem>
#include <string>

namespace retort {

/// `what`: "read", "write", "make"; `code`: errno. "cannot write PATH: No space left on device; make room there, or …"
std::string file_trouble(const std::string& what, const std::filesystem::path& path, int code);

/// The same of what the standard library throws, with both paths where there are two.
std::string file_trouble(const std::filesystem::filesystem_error& error);

}  // namespace retort
