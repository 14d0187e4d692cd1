#pragma once
// Folders that other users may write to: shared stores. Whoever may make names in one could put a symbolic or a hard
// link where this process is about to write. Below a guarded folder every way to a file is walked without following
// links, a file that is opened to be written is a regular one of a single name, and what is made belongs to the group.
// Elsewhere all this does what the plain call does.
#include <sys/types.h>

#include <filesystem>

namespace retort {

/// From now on this folder is guarded, if others than its owner, or another owner than this user, may write to it.
/// Below it all that is made can be read and written by its group if the folder itself can, whatever the umask is.
void guard(const std::filesystem::path& folder);

/// A path for the calls of the system, valid while this lives: of a name in a guarded folder, through its folder as it
/// was reached without links. Throws Error(store) where there is a link on the way.
class SafePath {
 public:
  explicit SafePath(const std::filesystem::path& path);
  ~SafePath();
  SafePath(const SafePath&) = delete;
  SafePath& operator=(const SafePath&) = delete;

  const char* c_str() const { return path_.c_str(); }
  const std::filesystem::path& path() const { return path_; }
  bool guarded() const { return guarded_; }

 private:
  std::filesystem::path path_;
  int folder_ = -1;
  bool guarded_ = false;
};

/// As open(2) with O_CLOEXEC, to write: -1 with errno, for a link ELOOP, for a file of several names EMLINK, for what
/// is no regular file EINVAL. Throws Error(store) as SafePath.
int open_to_write(const std::filesystem::path& path, int flags, mode_t mode = 0666);

/// What was made with the rights that the umask left gets those of its group, where that is guarded and shared.
void share_with_group(const std::filesystem::path& path);

/// Removes it with all that is in it, links themselves and not what they lead to. That something stays is no error.
void remove_tree(const std::filesystem::path& path) noexcept;

}  // namespace retort
