#include "report/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

namespace retort {

FileWatch::FileWatch(const std::filesystem::path& file) : notify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (notify_ >= 0) ::inotify_add_watch(notify_, file.c_str(), IN_MODIFY);
}

FileWatch::~FileWatch() {
  if (notify_ >= 0) ::close(notify_);
}

void FileWatch::drain() {
  char events[4096];
  while (notify_ >= 0 && ::read(notify_, events, sizeof events) > 0) {
  }
}

}  // namespace retort
