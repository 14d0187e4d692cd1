#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/pin_names.h"
#include "cli/results/result_name.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "store/pins.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::vector<std::string> names;
  std::string store_option;
  Options options("unpin", "Lets gc collect again what was pinned.", kResultNames);
  options.arguments("NAME", names, "results, a graph before its nodes, or ids of runs");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  for (const auto& [word, name] : pin_names(store, names)) {
    if (!Pins(store).remove(name))
      throw Error(ErrorKind::user, "\"" + word + "\" is not pinned; retort pin lists what is");
    std::cout << "unpinned " << word << '\n';
  }
  return kDone;
}

}  // namespace

extern const Command unpin_command = {"", "unpin", "Let what was pinned be collected again", run};

}  // namespace retort
