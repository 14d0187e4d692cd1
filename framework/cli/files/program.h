#pragma once
// Runs another program in the foreground, without a shell.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort {

struct ProgramSettings {
  std::filesystem::path output = {};  ///< where its standard output goes; empty: where this program's goes
  uint64_t largest_file = 0;          ///< bytes: a program that writes a larger one is ended; 0: no limit
};

/// Its exit code; 128 + n if signal n ended it. Throws Error(user) saying that it must be installed if it is not there.
int run_program(std::vector<std::string> words, const ProgramSettings& settings = {});

/// Whether there is a program of this name in the PATH, or at this place where the name has a '/'.
bool is_program(const std::string& name);

}  // namespace retort
