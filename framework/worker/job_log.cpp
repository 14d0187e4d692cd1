#include "worker/job_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "core/guarded_folder.h"

namespace retort {
namespace {

std::string& current() {
  static auto& log = *new std::string;
  return log;
}

bool is_empty(int file) {
  struct stat about = {};
  return ::fstat(file, &about) == 0 && about.st_size == 0;
}

/// Whether the file that is written to now has that name. A log that is there is another try's and stays.
bool renamed(const std::string& log) {
  return !current().empty() && is_empty(STDOUT_FILENO) &&
         ::renameat2(AT_FDCWD, SafePath(current()).c_str(), AT_FDCWD, SafePath(log).c_str(), RENAME_NOREPLACE) == 0;
}

bool opened(const std::string& log) {
  const int file = open_to_write(log, O_WRONLY | O_CREAT | O_APPEND);
  if (file < 0) return false;
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
  return true;
}

}  // namespace

void redirect_output(const std::string& log) {
  std::fflush(nullptr);
  if (log.empty() || log == current()) return;
  if (renamed(log) || opened(log)) current() = log;
}

}  // namespace retort
