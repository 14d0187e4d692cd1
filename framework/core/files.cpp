#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace retort {
namespace {

Error failed(ErrorKind kind, const char* what, const std::filesystem::path& path, int code) {
  return {kind, std::string("cannot ") + what + " " + path.string() + ": " + std::strerror(code)};
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

std::string read_file(const std::filesystem::path& path, ErrorKind kind) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about = {};
  if (file < 0 || ::fstat(file, &about) != 0) throw failed(kind, "read", path, errno);
  std::string bytes(static_cast<size_t>(about.st_size) + 1, '\0');  // one more: a full read then meets the end at once
  size_t have = 0;
  for (;;) {
    const ssize_t got = ::read(file, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failed(kind, "read", path, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
    if (have == bytes.size()) bytes.resize(2 * bytes.size());
  }
  bytes.resize(have);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file < 0 || !write_all(file, bytes) || !file.close()) throw failed(ErrorKind::store, "write", path, errno);
}

namespace {

/// A new file beside `path`, complete; its name.
std::filesystem::path write_beside(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  static std::atomic<unsigned> count{0};
  std::filesystem::path beside =
      path.string() + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file < 0) throw failed(ErrorKind::store, "write", path, errno);
  if (write_all(file, bytes) && (!sync || ::fsync(file) == 0) && file.close()) return beside;
  const int code = errno;
  ::unlink(beside.c_str());
  throw failed(ErrorKind::store, "write", path, code);
}

/// Gives `beside` the name `path` if that is free; 0 or the error.
int rename_if_free(const std::filesystem::path& beside, const std::filesystem::path& path) {
  if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Network file systems have no such rename; a hard link is as exclusive.
  if (::link(beside.c_str(), path.c_str()) != 0) return errno;
  ::unlink(beside.c_str());
  return 0;
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  const auto beside = write_beside(path, bytes, sync);
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(beside.c_str());
    throw failed(ErrorKind::store, "write", path, code);
  }
  if (sync) sync_folder(path.parent_path());
}

bool create_atomically(const std::filesystem::path& path, std::string_view bytes, bool sync) {
  const auto beside = write_beside(path, bytes, sync);
  const int code = rename_if_free(beside, path);
  if (code != 0) ::unlink(beside.c_str());
  if (code == EEXIST) return false;
  if (code != 0) throw failed(ErrorKind::store, "write", path, code);
  if (sync) sync_folder(path.parent_path());
  return true;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) throw Error(ErrorKind::store, "cannot make " + folder.string() + ": " + code.message());
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
