#pragma once
// What a file is, told by its first bytes: for the error about one that is not what it should be.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace retort {

struct FileKind {
  std::string name;    ///< "an HTML page", "a gzip file"
  std::string advice;  ///< what can be done about it; may be empty
};

/// `begin`: the first 512 bytes, or all of a shorter file. Nothing if it is none of the kinds known here.
std::optional<FileKind> kind_of_bytes(std::string_view begin);

/// Of a file or folder. Nothing if it cannot be read.
std::optional<FileKind> kind_of_file(const std::filesystem::path& file);

/// ": it is an HTML page; …", to stand behind what a file is not; empty if nothing is known.
std::string what_it_is(const std::filesystem::path& file);

}  // namespace retort
