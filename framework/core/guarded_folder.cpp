#include "core/guarded_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/error.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

struct Guard {
  std::string folder;  ///< absolute, without an end of "/"
  bool group = false;  ///< shared with its group
};

std::mutex access_to_guards;
std::map<std::string, Guard>& guards() {
  static auto& all = *new std::map<std::string, Guard>;
  return all;
}

std::optional<Guard> guard_of(const fs::path& path) {
  const std::string& text = path.native();
  const std::lock_guard lock(access_to_guards);
  for (const auto& [folder, guard] : guards())
    if (text.size() > folder.size() && text[folder.size()] == '/' && text.compare(0, folder.size(), folder) == 0)
      return guard;
  return std::nullopt;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& part) {
  throw Error(ErrorKind::store,
              "cannot use " + path.string() + ": " + part + " is a symbolic link, and others may write to this store");
}

/// The folder of `path`, from `root` on; -1 with errno where it is not there.
int walk(const fs::path& root, const fs::path& path) {
  int at = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  fs::path reached = root;
  for (const auto& part : path.parent_path().lexically_relative(root)) {
    if (at < 0) return -1;
    if (part == ".") continue;
    if (part == "..")
      ::close(at), throw Error(ErrorKind::store, "cannot use " + path.string() + ": it leads out of its folder");
    reached /= part;
    const int next = ::openat(at, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int code = errno;
    struct stat about = {};
    const bool link =
        next < 0 && ::fstatat(at, part.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(about.st_mode);
    ::close(at);
    if (link) refuse(path, reached.string());
    errno = code;
    at = next;
  }
  return at;
}

mode_t shared_mode(mode_t mode) {
  const mode_t all = mode & 07777;
  return S_ISDIR(mode) ? all | 0070 : all | 0040 | (all & 0200 ? 0020 : 0);
}

/// 0, or what is wrong with a file that was opened to be written.
int problem_with(int file) {
  struct stat about = {};
  if (::fstat(file, &about) != 0) return errno;
  if (!S_ISREG(about.st_mode)) return EINVAL;
  return about.st_nlink > 1 ? EMLINK : 0;
}

}  // namespace

void guard(const fs::path& folder) {
  struct stat about = {};
  if (::stat(folder.c_str(), &about) != 0) return;
  std::string name = folder.string();
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  const bool open = (about.st_mode & 0022) != 0 || about.st_uid != ::geteuid();
  const std::lock_guard lock(access_to_guards);
  if (open)
    guards()[name] = {name, (about.st_mode & 0020) != 0};
  else
    guards().erase(name);
}

SafePath::SafePath(const fs::path& path) : path_(path) {
  const auto guard = guard_of(path);
  if (!guard) return;
  guarded_ = true;
  folder_ = walk(guard->folder, path);
  if (folder_ >= 0) path_ = "/proc/self/fd/" + std::to_string(folder_) + "/" + path.filename().string();
}

SafePath::~SafePath() {
  const int code = errno;  // of the call it was made for
  if (folder_ >= 0) ::close(folder_);
  errno = code;
}

int open_to_write(const fs::path& path, int flags, mode_t mode) {
  const SafePath safe(path);
  if (!safe.guarded()) return ::open(path.c_str(), flags | O_CLOEXEC, mode);
  // Nothing is cut off before it is known to be ours to cut.
  const int file = ::open(safe.c_str(), (flags & ~O_TRUNC) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
  if (file < 0) return -1;
  int code = problem_with(file);
  if (code == 0 && (flags & O_TRUNC) && ::ftruncate(file, 0) != 0) code = errno;
  if (code == 0) {
    struct stat about = {};
    const auto guard = guard_of(path);
    if (guard && guard->group && (flags & O_CREAT) && ::fstat(file, &about) == 0 && about.st_uid == ::geteuid() &&
        shared_mode(about.st_mode) != (about.st_mode & 07777))
      static_cast<void>(::fchmod(file, shared_mode(about.st_mode)));
    return file;
  }
  ::close(file);
  errno = code;
  return -1;
}

void share_with_group(const fs::path& path) {
  const auto guard = guard_of(path);
  if (!guard || !guard->group) return;
  const SafePath safe(path);
  struct stat about = {};
  if (::lstat(safe.c_str(), &about) != 0 || S_ISLNK(about.st_mode) || about.st_uid != ::geteuid()) return;
  if (shared_mode(about.st_mode) != (about.st_mode & 07777))
    static_cast<void>(::chmod(safe.c_str(), shared_mode(about.st_mode)));
}

void remove_tree(const fs::path& path) noexcept {
  try {
    std::error_code none;
    fs::remove_all(SafePath(path).path(), none);
  } catch (const std::exception&) {  // a link on the way: nothing of it is ours
  }
}

}  // namespace retort
