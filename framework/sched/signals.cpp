#include "sched/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace retort {
namespace {

/// Those that were ignored when the process began stay ignored: `nohup`, and commands in the background of a script.
bool is_ignored(int number) {
  struct sigaction action = {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&taken_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(number)) sigaddset(&taken_, number);
  pthread_sigmask(SIG_BLOCK, &taken_, nullptr);
  descriptor_ = ::signalfd(-1, &taken_, SFD_CLOEXEC | SFD_NONBLOCK);
}

Signals::~Signals() {
  ::close(descriptor_);
  pthread_sigmask(SIG_UNBLOCK, &taken_, nullptr);
}

int Signals::received() {
  signalfd_siginfo info;
  while (::read(descriptor_, &info, sizeof info) == sizeof info) {
    if (count_++ == 0) first_ = static_cast<int>(info.ssi_signo);
  }
  return count_;
}

}  // namespace retort
