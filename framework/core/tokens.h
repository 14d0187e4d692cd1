#pragma once
// The identity of a plugin's code: what its results can depend on, and nothing that they cannot. Comments, white space
// and the doc strings of a declaration are no part of it, so that writing them better throws no result away.
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// The tokens of a C++ source, without comments, white space, and what a declaration says to people: the argument of
/// `.about(…)` and a last argument of `.param(`, `.component(`, `.input(`, `.inputs(` and `.output(` that is a string.
/// The end of a preprocessor line is the token "\n".
std::vector<std::string> tokens_of(std::string_view source);

/// Digest of tokens_of.
std::string token_digest(std::string_view source);

struct CodeIdentity {
  std::string identity;                      ///< digest of the digests below and of the SDK's version
  std::map<std::string, std::string> files;  ///< path relative to the root → token digest
};

/// Of the plugin whose file is `source`: that file, every header of the project it includes, directly or not, and
/// beside each header `x.h` outside framework/ its `x.cpp` (and what that includes). Headers of framework/ are
/// represented by kSdkVersion. Includes are looked for beside the including file, then in `root`/plugins and `root`.
/// Throws Error(data).
CodeIdentity code_identity(const std::filesystem::path& source, const std::filesystem::path& root);

}  // namespace retort
