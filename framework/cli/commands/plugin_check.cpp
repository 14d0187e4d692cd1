#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/error.h"
#include "core/nearest.h"
#include "sched/process_runner.h"

extern char** environ;

namespace retort {
namespace {

std::filesystem::path library_of(const std::string& name) {
  if (std::filesystem::is_regular_file(name)) return name;
  const Catalog catalog = Catalog::read(plugin_folders("", ""));
  if (const Manifest* manifest = catalog.find(name)) return manifest->library;
  std::vector<std::string> names;
  for (const Manifest* manifest : catalog.all()) names.push_back(manifest->spec.type);
  const std::string near = nearest(name, names);
  throw Error(ErrorKind::user, "there is no plugin \"" + name + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)));
}

/// What the plugin does happens in a process of its own.
pid_t start(std::string worker, std::string library) {
  std::string check = "check";
  char* words[] = {worker.data(), check.data(), library.data(), nullptr};
  pid_t child = -1;
  if (const int code = ::posix_spawn(&child, worker.c_str(), nullptr, nullptr, words, environ); code != 0)
    throw Error(ErrorKind::plugin, "cannot start " + worker + ": " + std::strerror(code));
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

int run(const Words& words) {
  std::string name;
  Options options("plugin check", "Checks the contract of a built plugin, as the build's tests do.");
  options.argument("NAME", name, "its type name, or its library");
  if (const auto code = options.parse(words)) return *code;
  const std::string library = library_of(name).string(), worker = ProcessRunner::beside_this_program().string();
  std::cout.flush();
  const int status = wait_for(start(worker, library));
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  throw Error(ErrorKind::plugin, library + ": the worker that checked it died (" + ::strsignal(WTERMSIG(status)) +
                                     "): its code crashes when it is opened or called");
}

}  // namespace

extern const Command plugin_check_command = {"plugin", "check", "Check the contract of a built plugin", run};

}  // namespace retort
