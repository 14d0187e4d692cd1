#include "sched/prove.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "sched/process_runner.h"

extern char** environ;

namespace retort {
namespace {

/// Runs the program with its output in `log`; its wait status.
int run(std::vector<std::string> words, const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = -1;
  const int code = ::posix_spawn(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw Error(ErrorKind::plugin, "cannot start " + words[0] + ": " + std::strerror(code));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string prove(const Manifest& manifest, const std::string& device, const std::string& precision, int threads) {
  const TemporaryFolder folder("retort-proof");
  const std::string log = folder / "log", output = folder / "bytes";
  const int status =
      run({ProcessRunner::beside_this_program().string(), "prove", manifest.library.string(), "--code", manifest.code,
           "--device", device, "--precision", precision, "--threads", std::to_string(threads), "--output", output},
          log);
  std::error_code none;
  std::string bytes, said;
  if (std::filesystem::exists(output, none)) bytes = read_file(output);
  if (std::filesystem::exists(log, none)) said = read_file(log);
  if (status == 0 && bytes.size() == 64) return bytes;
  while (!said.empty() && said.back() == '\n') said.pop_back();
  throw Error(ErrorKind::plugin, "the proof job of " + manifest.spec.type + " failed: " +
                                     (said.empty() ? "its worker died" : said.substr(said.rfind('\n') + 1)));
}

}  // namespace retort
