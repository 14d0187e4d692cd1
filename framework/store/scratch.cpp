// Folders where outputs are written before they are renamed into the store. A lock tells those in use from those that a
// killed process left behind.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>

#include "core/files.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr auto kYoung = std::chrono::minutes(1);  // between its making and its lock a folder looks abandoned

std::mutex guard;
std::map<std::string, int>& held() {
  static auto& all = *new std::map<std::string, int>;
  return all;
}

/// A descriptor that holds the folder's lock, or -1 if another process has it.
int lock_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || ::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  return -1;
}

}  // namespace

fs::path Store::make_scratch() const {
  make_folder(root_ / "scratch");  // somebody may have taken it away
  std::string name = (root_ / "scratch" / "XXXXXX").string();
  if (!::mkdtemp(name.data())) throw Error(ErrorKind::store, "cannot make " + name + ": " + std::strerror(errno));
  struct stat about = {};
  // Whoever of the group finds it abandoned may remove it; the bit that gives it the store's group stays.
  if (::stat(name.c_str(), &about) == 0) static_cast<void>(::chmod(name.c_str(), (about.st_mode & 07777) | 0070));
  const int lock = lock_folder(name);
  const std::lock_guard locked(guard);
  held()[name] = lock;
  return name;
}

void Store::drop_scratch(const fs::path& folder) const noexcept {
  std::error_code none;
  fs::remove_all(folder, none);
  const std::lock_guard locked(guard);
  const auto it = held().find(folder.string());
  if (it == held().end()) return;
  if (it->second >= 0) ::close(it->second);
  held().erase(it);
}

void Store::sweep_scratch() const noexcept {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root_ / "scratch", none)) {
    const auto written = fs::last_write_time(entry.path(), none);
    if (none || fs::file_time_type::clock::now() - written < kYoung) continue;
    const int lock = lock_folder(entry.path());
    if (lock < 0) continue;
    fs::remove_all(entry.path(), none);
    ::close(lock);
  }
}

}  // namespace retort
