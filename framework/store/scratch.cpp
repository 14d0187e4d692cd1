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

#include "core/file_trouble.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "store/store.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr auto kYoung = std::chrono::minutes(1);  // between its making and its lock a folder looks abandoned

std::mutex access_to_held;
std::map<std::string, int>& held() {
  static auto& all = *new std::map<std::string, int>;
  return all;
}

/// A descriptor that holds the folder's lock, or -1 if another process has it.
int lock_folder(const fs::path& folder) {
  const int file = ::open(SafePath(folder).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0 || ::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  return -1;
}

}  // namespace

fs::path Store::make_scratch() const {
  make_folder(root_ / "scratch");  // somebody may have taken it away
  const SafePath safe(root_ / "scratch" / "XXXXXX");
  std::string made = safe.path().string();
  if (!::mkdtemp(made.data())) throw Error(ErrorKind::store, file_trouble("make", root_ / "scratch" / "XXXXXX", errno));
  std::string name = (root_ / "scratch" / fs::path(made).filename()).string();
  share_with_group(name);  // whoever of the group finds it abandoned may remove it
  const int lock = lock_folder(name);
  const std::lock_guard locked(access_to_held);
  held()[name] = lock;
  return name;
}

void Store::drop_scratch(const fs::path& folder) const noexcept {
  remove_tree(folder);
  const std::lock_guard locked(access_to_held);
  const auto it = held().find(folder.string());
  if (it == held().end()) return;
  if (it->second >= 0) ::close(it->second);
  held().erase(it);
}

void Store::sweep_scratch() const noexcept try {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root_ / "scratch", none)) {
    const auto written = fs::last_write_time(entry.path(), none);
    if (none || fs::file_time_type::clock::now() - written < kYoung) continue;
    const int lock = lock_folder(entry.path());
    if (lock < 0) continue;
    remove_tree(entry.path());
    ::close(lock);
  }
} catch (const std::exception&) {  // a link where the folder should be: nothing behind it is ours
}

}  // namespace retort
