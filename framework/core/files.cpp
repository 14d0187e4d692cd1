#include "core/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "core/file_trouble.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

Error failed(ErrorKind kind, const char* what, const std::filesystem::path& path, int code) {
  return {kind, file_trouble(what, path, code)};
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }
  /// Some file systems say only now that bytes did not arrive.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems refuse to sync a folder; the rename is then as durable as they make it.
  if (file >= 0) ::fsync(file);
}

}  // namespace

namespace {

/// Another try may meet another answer: a server that came back, descriptors that were given back.
bool may_pass(int code) {
  return code == ESTALE || code == EIO || code == EMFILE || code == ENFILE || code == ENOMEM || code == EAGAIN ||
         code == ETIMEDOUT;
}

std::string kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

std::string read_once(const std::filesystem::path& path, ErrorKind kind, uint64_t limit) {
  const Descriptor file(open_regular(path, kind));
  struct stat about = {};
  if (::fstat(file, &about) != 0) throw CannotRead(kind, "read", path, errno);
  const auto size = static_cast<uint64_t>(about.st_size);
  const auto too_long = [&] {
    return Error(kind,
                 path.string() + " has more than " + std::to_string(limit) + " bytes: it is not what it should be");
  };
  if (size > limit) throw too_long();
  std::string bytes(size + 1, '\0');  // one more: a full read then meets the end at once
  size_t have = 0;
  for (;;) {
    const ssize_t got = ::read(file, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw CannotRead(kind, "read", path, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
    if (have > limit) throw too_long();
    if (have == bytes.size()) bytes.resize(2 * bytes.size());
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace

CannotRead::CannotRead(ErrorKind kind, const std::string& what, const std::filesystem::path& path, int code)
    : Error(kind, file_trouble(what, path, code)), code_(code) {}

bool CannotRead::is_absent() const { return code_ == ENOENT || code_ == ENOTDIR; }

void retried(const std::function<void()>& attempt) {
  for (const int pause : {2, 10, 50, -1}) try {
      return attempt();
    } catch (const CannotRead& error) {
      if (pause < 0 || !may_pass(error.code())) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    }
}

int open_regular(const std::filesystem::path& path, ErrorKind kind) {
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for here already.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat about = {};
  if (file < 0 || ::fstat(file, &about) != 0) {
    const int code = errno;
    if (file >= 0) ::close(file);
    throw CannotRead(kind, "read", path, code);
  }
  if (S_ISREG(about.st_mode)) return file;
  ::close(file);
  throw Error(kind, "cannot read " + path.string() + ": it is " + kind_of_file(about.st_mode) + ", not a file");
}

std::string read_file(const std::filesystem::path& path, ErrorKind kind, uint64_t limit) {
  std::string bytes;
  retried([&] { bytes = read_once(path, kind, limit); });
  return bytes;
}

bool is_there(const std::filesystem::path& path) {
  bool there = false;
  retried([&] {
    struct stat about = {};
    there = ::lstat(path.c_str(), &about) == 0;
    if (there) return;
    const CannotRead error(ErrorKind::store, "look at", path, errno);
    if (!error.is_absent()) throw error;
  });
  return there;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  retried([&] {
    names.clear();
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(folder.c_str()), ::closedir);
    const CannotRead unopened(ErrorKind::store, "list", folder, errno);
    if (!list && unopened.is_absent()) return;
    if (!list) throw unopened;
    for (errno = 0; const dirent* entry = ::readdir(list.get()); errno = 0)
      if (const std::string name = entry->d_name; name != "." && name != "..") names.push_back(name);
    if (errno != 0) throw CannotRead(ErrorKind::store, "list", folder, errno);
  });
  std::sort(names.begin(), names.end());
  return names;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  Descriptor file(open_to_write(path, O_WRONLY | O_CREAT | O_TRUNC));
  if (file < 0 || !write_all(file, bytes) || !file.close()) throw failed(ErrorKind::store, "write", path, errno);
}

namespace {

/// A new file beside `path`, complete; its name.
std::filesystem::path write_beside(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  static std::atomic<unsigned> count{0};
  std::filesystem::path beside =
      path.string() + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
  Descriptor file(open_to_write(beside, O_WRONLY | O_CREAT | O_EXCL));
  if (file < 0) throw failed(ErrorKind::store, "write", path, errno);
  if (write_all(file, bytes) && (!sync || ::fsync(file) == 0) && file.close()) return beside;
  const int code = errno;
  ::unlink(SafePath(beside).c_str());
  throw failed(ErrorKind::store, "write", path, code);
}

/// Gives `beside` the name `path` if that is free; 0 or the error.
int rename_if_free(const std::filesystem::path& beside, const std::filesystem::path& path) {
  const SafePath from(beside), to(path);
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Network file systems have no such rename; a hard link is as exclusive.
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  const auto beside = write_beside(path, bytes, sync);
  const SafePath from(beside), to(path);
  if (::rename(from.c_str(), to.c_str()) != 0) {
    const int code = errno;
    ::unlink(from.c_str());
    throw failed(ErrorKind::store, "write", path, code);
  }
  if (sync) sync_folder(path.parent_path());
}

bool create_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  const auto beside = write_beside(path, bytes, sync);
  const int code = rename_if_free(beside, path);
  if (code != 0) ::unlink(SafePath(beside).c_str());
  if (code == EEXIST) return false;
  if (code != 0) throw failed(ErrorKind::store, "write", path, code);
  if (sync) sync_folder(path.parent_path());
  return true;
}

void make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  const SafePath safe(folder);
  if (::mkdir(safe.c_str(), 0777) == 0) return share_with_group(folder);
  const int code = errno;
  struct stat about = {};
  if (code == EEXIST && (safe.guarded() ? ::lstat : ::stat)(safe.c_str(), &about) == 0 && S_ISDIR(about.st_mode))
    return;
  if (code != ENOENT || !folder.has_parent_path() || folder.parent_path() == folder)
    throw failed(ErrorKind::store, "make", folder, code);
  make_folder(folder.parent_path());
  if (::mkdir(SafePath(folder).c_str(), 0777) == 0) return share_with_group(folder);
  if (errno != EEXIST) throw failed(ErrorKind::store, "make", folder, errno);
}

std::filesystem::path user_data_folder() {
  if (const char* folder = std::getenv("XDG_DATA_HOME"); folder && *folder) return folder;
  if (const char* home = std::getenv("HOME"); home && *home) return std::filesystem::path(home) / ".local" / "share";
  throw Error(ErrorKind::user, "there is no data folder: set XDG_DATA_HOME or HOME");
}

std::filesystem::path data_home() {
  if (const char* folder = std::getenv("RETORT_DATA"); folder && *folder) return folder;
  return user_data_folder() / "retort" / "data";
}

}  // namespace retort
