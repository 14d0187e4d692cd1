#include "cli/program.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cstring>

#include "core/error.h"

extern char** environ;

namespace retort {

int run_program(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = -1;
  if (const int code = ::posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ); code != 0)
    throw Error(ErrorKind::user, "cannot run " + words[0] + ": " + std::strerror(code) + "; install it");
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace retort
