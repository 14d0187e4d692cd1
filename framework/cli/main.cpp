// retort: reads graphs, plans them, runs them in worker processes, shows results. Links no libtorch and opens no
// plugin.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "core/error.h"
#include "core/file_trouble.h"
#include "core/printable.h"
#include "log/log.h"

namespace retort {
namespace {

constexpr const char* kAbout = "Retort distils data sets: it runs experiment graphs and keeps every result.";

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::user:
      return kUsage;
    case ErrorKind::store:
      return kStoreFailed;
    case ErrorKind::device:
      return kNoDevice;
    case ErrorKind::plugin:
      return kPluginRefused;
    default:
      return kNodeFailed;
  }
}

int guarded(const Words& words) {
  try {
    start_log();
    if (!words.empty() && words[0] == "--version") return dispatch("", kAbout, {"version"});
    return dispatch("", kAbout, words);
  } catch (const Error& error) {
    std::cerr << "retort: " << error.what() << '\n';
    return exit_code(error.kind());
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << "retort: " << file_trouble(error) << '\n';
    return kStoreFailed;
  } catch (const std::exception& error) {
    std::cerr << "retort: internal error: " << error.what() << '\n';
    return kNodeFailed;
  }
}

/// Output streams that are closed must not become the number of a file that is opened here. What is written to one of
/// these fails, as it would have.
void hold_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// Bytes that did not arrive are a failure; a reader that stopped listening is none.
int with_output_written(int code) {
  errno = 0;
  std::cout.flush();
  std::fflush(stdout);
  int why = errno;
  if (std::cout && std::ferror(stdout) == 0) return code;
  if (why == 0 && ::write(STDOUT_FILENO, "\n", 1) < 0) why = errno;  // it failed before: why is asked again
  pollfd out = {STDOUT_FILENO, 0, 0};
  if (why == EPIPE || (::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0)) return code;
  std::cerr << "retort: cannot write the output" << (why == 0 ? "" : std::string(": ") + std::strerror(why)) << '\n';
  return code == kDone ? kNodeFailed : code;
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  retort::make_printable(std::cout);
  retort::make_printable(std::cerr);
  retort::hold_streams();
  return retort::with_output_written(retort::guarded({argv + 1, argv + argc}));
}
