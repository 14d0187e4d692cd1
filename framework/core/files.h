#pragma once
// Whole files, in and out, and the two folders every part of the project must agree on.
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace retort {

/// All bytes of a file. Throws Error(`kind`) with the file and the system's reason.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data);

/// Replaces the file's bytes in place. Throws Error(store). For files that others may read meanwhile: write_atomically.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Readers see the old file or the new one, never a part: written beside it and renamed. With `sync` it is on disk,
/// name and all, when this returns. Throws Error(store) and leaves nothing behind.
void write_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync);

/// The same, but only where no file of this name is: false, and nothing is changed, if there is one. Of several
/// processes one wins, on any file system.
bool create_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync);

/// Makes a folder and those above it. Throws Error(store) with the system's reason.
void make_folder(const std::filesystem::path& folder);

/// `$XDG_DATA_HOME`, else `~/.local/share`. Throws Error(user) if there is no home either.
std::filesystem::path user_data_folder();

/// Where data sets lie: `$RETORT_DATA`, else `<user data>/retort/data`.
std::filesystem::path data_home();

}  // namespace retort
