// retort-worker: opens plugins. Started by `retort` for jobs, by the build to describe and check libraries.
#include <fcntl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "core/error.h"
#include "worker/channel.h"
#include "worker/check.h"
#include "worker/describe.h"
#include "worker/job.h"
#include "worker/library.h"
#include "worker/work_place.h"

namespace {

constexpr const char* kUsage =
    "usage: retort-worker describe LIBRARY --root FOLDER --output FILE\n"
    "       retort-worker check LIBRARY\n"
    "       retort-worker --build\n"
    "Without arguments it takes jobs from the socket that RETORT_WORKER_FD names; `retort run` starts it so.\n";

/// Value of `--name VALUE`, or empty.
std::string option(const std::vector<std::string>& words, const std::string& name) {
  for (size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == name) return words[i + 1];
  return "";
}

/// Takes jobs until the coordinator closes the socket.
int serve(int socket) {
  // Ctrl-C reaches the whole terminal: the coordinator decides what it means for a job.
  std::signal(SIGINT, SIG_IGN);
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  retort::Channel channel(socket);
  channel.send({{"ev", "ready"}, {"build", retort::worker_build()}});
  while (const auto job = channel.next_job()) retort::run_job(*job, channel);
  retort::WorkPlace::leave_all();
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "--build") {
    std::cout << retort::worker_build() << '\n';
    return 0;
  }
  if (words.size() == 6 && words[0] == "describe") {
    retort::write_manifest(words[1], option(words, "--root"), option(words, "--output"));
    return 0;
  }
  if (words.size() == 2 && words[0] == "check") return retort::check_plugin(words[1], std::cout) == 0 ? 0 : 1;
  const char* socket = std::getenv("RETORT_WORKER_FD");
  if (words.empty() && socket) return serve(std::atoi(socket));
  std::cerr << kUsage;
  return 2;
}

int guarded(const std::vector<std::string>& words) {
  try {
    return run(words);
  } catch (const retort::Error& error) {
    std::cerr << "retort-worker: " << error.what() << '\n';
    return error.kind() == retort::ErrorKind::plugin ? 6 : 1;
  } catch (const std::exception& error) {
    std::cerr << "retort-worker: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int code = guarded({argv + 1, argv + argc});
#ifdef __SANITIZE_ADDRESS__
  return code;  // the leak check runs on the way out
#else
  // Static destructors of plugins and libtorch are slow and may crash: nothing of ours waits for them.
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}
