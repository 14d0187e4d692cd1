#include "cli/runs/detach.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/guarded_folder.h"

namespace retort {

bool detach(const std::filesystem::path& said) {
  std::cout.flush();
  const int out = open_to_write(said, O_WRONLY | O_CREAT | O_APPEND);
  if (out < 0) throw Error(ErrorKind::store, file_trouble("write", said, errno));
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorKind::internal, std::string("cannot split this process: ") + std::strerror(errno));
  if (child > 0) {
    ::close(out);
    return true;
  }
  ::setsid();
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::close(in);
  ::close(out);
  return false;
}

}  // namespace retort
