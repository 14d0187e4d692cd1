#include "sched/failure.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace retort {
namespace {

constexpr size_t kTailLines = 8;      // of the log, shown when a worker died
constexpr long kTailBytes = 1 << 14;  // logs may be huge, and a death is told at once

std::string last_lines(const std::string& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  file.seekg(std::max(0L, static_cast<long>(file.tellg()) - kTailBytes));
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t from = text.size();
  for (size_t line = 0; line < kTailLines && from != std::string::npos; ++line)
    from = from == 0 ? std::string::npos : text.rfind('\n', from - 1);
  return from == std::string::npos ? text : text.substr(from + 1);
}

std::string cause(int status) {
  if (!WIFSIGNALED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigabbrev_np(number);
  return std::string("killed by SIG") + (name ? name : std::to_string(number)) + " (" + ::strsignal(number) + ")";
}

bool kernel_had_no_memory(const Death& death) {
  return death.oom_killed && WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGKILL;
}

}  // namespace

const FailurePolicy& policy_of(ErrorKind kind) {
  static constexpr FailurePolicy fail, alone = {1, true, true}, fresh = {1, false, true}, gone = {0, false, true};
  switch (kind) {
    case ErrorKind::memory:
    case ErrorKind::device_memory:
      return alone;
    case ErrorKind::device:
    case ErrorKind::lost:
      return fresh;
    case ErrorKind::timeout:
      return gone;
    default:
      return fail;
  }
}

ErrorKind kind_of(const Death& death) {
  if (kernel_had_no_memory(death)) return ErrorKind::memory;
  // The C++ library's last words about an exception of a plugin's own thread.
  const bool aborted = WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGABRT;
  return aborted && last_lines(death.log).find("std::bad_alloc") != std::string::npos ? ErrorKind::memory
                                                                                      : ErrorKind::lost;
}

std::string text_of(const Death& death) {
  std::string text = "the worker died, " + cause(death.status) + ", " +
                     (kernel_had_no_memory(death) ? "when host memory ran out, " : "") +
                     (death.started ? "while the node ran" : "while opening plugins and inputs");
  if (const std::string tail = last_lines(death.log); !tail.empty())
    text += "; its last lines (" + death.log + "):\n" + tail;
  return text;
}

long oom_kills() {
  std::ifstream counters("/proc/vmstat");
  std::string name;
  for (long value = 0; counters >> name >> value;)
    if (name == "oom_kill") return value;
  return 0;
}

}  // namespace retort
