#include "cli/files/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "core/error.h"
#include "log/log.h"

extern char** environ;

namespace retort {

bool is_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0;
  std::istringstream folders(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  return false;
}

int run_program(std::vector<std::string> words, const ProgramSettings& settings) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
  log(LogLevel::debug, "command", line);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (!settings.output.empty())
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, settings.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0666);
  pid_t child = -1;
  const int code = ::posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw Error(ErrorKind::user, "cannot run " + words[0] + ": " + std::strerror(code) + "; install it");
  if (settings.largest_file > 0) {
    const rlimit limit = {settings.largest_file, settings.largest_file};
    ::prlimit(child, RLIMIT_FSIZE, &limit, nullptr);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace retort
