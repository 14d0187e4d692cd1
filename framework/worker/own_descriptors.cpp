#include "worker/own_descriptors.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace retort {
namespace {

// A fixed table of atomics: the child of a fork must not allocate or lock.
std::array<std::atomic<int>, 8> table;  // descriptor + 1; 0: free

void close_all() {
  for (auto& one : table)
    if (const int number = one.exchange(0)) ::close(number - 1);
}

}  // namespace

void keep_from_children(int descriptor) {
  static const int registered = ::pthread_atfork(nullptr, nullptr, close_all);
  static_cast<void>(registered);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  for (auto& one : table)
    if (int none = 0; one.compare_exchange_strong(none, descriptor + 1)) return;
}

}  // namespace retort
