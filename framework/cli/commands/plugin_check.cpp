#include <cstring>
#include <iostream>

#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/files/program.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/error.h"
#include "core/nearest.h"
#include "sched/process_runner.h"

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

int run(const Words& words) {
  std::string name;
  Options options("plugin check", "Checks the contract of a built plugin, as the build's tests do.");
  options.argument("NAME", name, "its type name, or its library");
  if (const auto code = options.parse(words)) return *code;
  const std::string library = library_of(name).string(), worker = ProcessRunner::beside_this_program().string();
  std::cout.flush();
  const int code = run_program({worker, "check", library});  // what the plugin does happens in a process of its own
  if (code <= kSignal) return code;
  throw Error(ErrorKind::plugin, library + ": the worker that checked it died (" + ::strsignal(code - kSignal) +
                                     "): its code crashes when it is opened or called");
}

}  // namespace

extern const Command plugin_check_command = {"plugin", "check", "Check the contract of a built plugin", run};

}  // namespace retort
