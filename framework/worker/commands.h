#pragma once
// How each object of a build was compiled, from the compile_commands.json that CMake writes.
#include <filesystem>
#include <map>

#include "core/code.h"

namespace retort {

class Commands {
 public:
  /// Throws Error(data) if the file cannot be read or is none.
  explicit Commands(const std::filesystem::path& file);
  /// Of the object at this path, with the time it was written; throws Error(data) if no command makes it.
  Compilation of(const std::filesystem::path& object) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, Compilation> by_object_;
};

/// The words of a command line as a shell takes them apart (quotes and backslashes; no substitution).
std::vector<std::string> shell_words(const std::string& line);
/// Whether an option can change what arithmetic gives. -O levels cannot (without -Ofast: GCC and Clang keep IEEE
/// results at each), nor can warnings, debug information and -mtune.
bool changes_arithmetic(const std::string& option);

}  // namespace retort
