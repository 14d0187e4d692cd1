#pragma once
// Whole files, in and out, and the two folders every part of the project must agree on.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace retort {

/// The system did not give what was asked of a file or folder: nothing is known of its bytes, so nobody may take them
/// for damaged. Errors that pass (a stale handle, too many open files, a failed read) were tried again before.
class __attribute__((visibility("default"))) CannotRead : public Error {
 public:
  CannotRead(ErrorKind kind, const std::string& what, const std::filesystem::path& path, int code);
  int code() const { return code_; }  ///< errno
  /// Nothing of that name is there (any more): the one error that says something.
  bool is_absent() const;

 private:
  int code_;
};

/// The most a text that somebody wrote or a program keeps may have: records, manifests, logs of one node, settings.
inline constexpr uint64_t kLongestText = 256u << 20;

/// All bytes of a regular file. Throws CannotRead of `kind` with the file and the system's reason, Error(`kind`) for a
/// file longer than `limit` and for what is no file of bytes (a pipe, a device), which is never waited for.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data, uint64_t limit = UINT64_MAX);

/// Opens a regular file to be read; the caller closes it. Throws as `read_file`.
int open_regular(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data);

/// Does it again, after ever longer moments, while it throws CannotRead with an error that may pass.
void retried(const std::function<void()>& attempt);

/// Whether anything is there under this name, and the names of what is in a folder (none if it is not there), sorted.
/// Throw CannotRead(store) where the system does not say: a folder that cannot be listed is not an empty one.
bool is_there(const std::filesystem::path& path);
std::vector<std::string> names_in(const std::filesystem::path& folder);

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
