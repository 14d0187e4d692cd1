#include "sched/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "log/log.h"

extern char** environ;

namespace retort {
namespace {

constexpr int kWorkerSocket = 3;  // the worker's number for it

/// The environment of a worker: this process's, with some names set.
class Environment {
 public:
  Environment() {
    for (char** one = environ; *one; ++one) texts_.emplace_back(*one);
  }
  void set(const std::string& name, const std::string& value) {
    const auto begins = [&](const std::string& text) { return text.rfind(name + "=", 0) == 0; };
    texts_.erase(std::remove_if(texts_.begin(), texts_.end(), begins), texts_.end());
    texts_.push_back(name + "=" + value);
  }
  std::vector<char*> pointers() {
    std::vector<char*> all;
    for (auto& text : texts_) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

 private:
  std::vector<std::string> texts_;
};

}  // namespace

WorkerProcess::WorkerProcess(const std::filesystem::path& program, const std::string& visible_devices, int threads) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorKind::plugin, std::string("cannot start a worker: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kWorkerSocket);  // clears close-on-exec of the copy
  Environment environment;
  environment.set("RETORT_WORKER_FD", std::to_string(kWorkerSocket));
  environment.set("CUDA_VISIBLE_DEVICES", visible_devices);
  environment.set("CUBLAS_WORKSPACE_CONFIG", ":4096:8");  // without it cuBLAS need not give the same bytes twice
  environment.set("OMP_NUM_THREADS", std::to_string(threads));
  if (!log_asked().empty()) environment.set(kLogVariable, log_asked());
  auto pointers = environment.pointers();
  std::string name = program.string();
  char* arguments[] = {name.data(), nullptr};
  // The loop that waits for signals blocks them; a worker must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int code = ::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments, pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  socket_ = ends[0];
  if (code != 0) {
    ::close(socket_);
    throw Error(ErrorKind::plugin, "cannot start " + program.string() + ": " + std::strerror(code));
  }
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));  // closes on exec
}

WorkerProcess::~WorkerProcess() {
  hang_up();
  if (process_ >= 0) ::close(process_);
}

void WorkerProcess::send(std::string_view text, int descriptor) const {
  for (size_t sent = 0; sent < text.size();) {
    iovec bytes = {const_cast<char*>(text.data()) + sent, text.size() - sent};
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
      message.msg_control = space;
      message.msg_controllen = sizeof space;
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    const ssize_t put = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;
    sent += static_cast<size_t>(put);
    descriptor = -1;  // it went with the first byte
  }
}

void WorkerProcess::hang_up() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool WorkerProcess::ended_within(int milliseconds) const {
  pollfd one = {process_, POLLIN, 0};
  return ::poll(&one, 1, milliseconds) > 0;
}

void WorkerProcess::kill() const {
  if (!dead_) ::kill(pid_, SIGKILL);
}

int WorkerProcess::reap() {
  int status = 0;
  kill();  // changes nothing about the status of one that is on its way out
  ::waitpid(pid_, &status, 0);
  dead_ = true;
  return status;
}

}  // namespace retort
