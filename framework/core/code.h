#pragma once
// The identity of a plugin's code: what its results can depend on, and nothing that they cannot. It is made of files,
// each by the digest of its tokens, and of the compiler options that change arithmetic.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace retort {

/// How one source was compiled, as far as its results can depend on it.
struct Compilation {
  std::filesystem::path source;
  std::vector<std::filesystem::path> folders;  ///< of the project's own headers (-I), in order
  std::vector<std::filesystem::path> system;   ///< of others' headers (-isystem): of these, Retort's libraries count
  std::vector<std::string> arithmetic;         ///< options that change what a sum comes out as: -ffast-math, -march=…
  std::map<std::string, std::string> macros;   ///< -D: they count where the code names them
  std::optional<std::filesystem::file_time_type>
      built;  ///< when its object was written; a file changed later is refused
};

/// Name below the project's root → digest of its tokens; "NAME flags" → the options that count for it.
using CodeFiles = std::map<std::string, std::string>;

/// The source, and every header of the project that it includes, directly or not. Headers of the SDK are represented by
/// kSdkResults. Includes are looked for beside the including file, in the compilation's folders, in `root`/plugins/lib
/// and `root`; those of an installed Retort's libraries are named as they are included. Throws Error(data) for a file
/// that cannot be read or that changed after it was compiled.
CodeFiles code_files(const Compilation& compilation, const std::filesystem::path& root);

/// Digest of the files' digests and of kSdkResults, without the names: a file that only moved computes what it
/// computed before.
std::string code_identity(const CodeFiles& files);

}  // namespace retort
