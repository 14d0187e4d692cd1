#pragma once
// A file that a command writes where it is told to: whole or not at all, and never over what is of another kind.
#include <filesystem>
#include <string>
#include <string_view>

namespace retort {

/// What a command may write over, by the bytes such files begin with.
struct FileKind {
  std::string what;   ///< "a report"
  std::string first;  ///< all files of this kind begin so
  std::string then;   ///< and have this among their first 4096 bytes
};

inline const FileKind kArchiveFile = {"an archive of results", "retort-archive", ""};
inline const FileKind kReportFile = {"a report of Retort", "<!doctype html>\n", "<title>Retort</title>"};
inline const FileKind kSchemaFile = {"a JSON schema", "{", "\"$defs\""};

/// Throws Error(user) if a file is there that is not of this kind, or something that is no file. With `streams` a pipe
/// or a device will do.
void check_place(const std::filesystem::path& file, const FileKind& kind, bool streams = false);

/// Writes it beside and renames it; through links, to the file they lead to. Into a pipe or a device the bytes just go.
/// Throws as check_place does, and Error(store) if not all of it could be written.
void write_new_file(const std::filesystem::path& file, const FileKind& kind, std::string_view bytes);

}  // namespace retort
