#pragma once
// The names an object file gives to the linker and wants from it.
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace retort {

struct Symbols {
  std::set<std::string> strong;  ///< defined here and nowhere else
  std::set<std::string> weak;    ///< defined here, perhaps elsewhere too (inline functions, instantiated templates)
  std::set<std::string> needed;  ///< to be found elsewhere
};

/// Of a 64-bit ELF object file, or of a shared library that was not stripped (of one that was, what it exports). Throws
/// Error(data) for any other file.
Symbols symbols_of(const std::filesystem::path& object);

/// Bytes that an ELF file has by its own header: to the end of its table of sections. 0 for a file that is none.
uint64_t size_by_header(const std::filesystem::path& file);

}  // namespace retort
