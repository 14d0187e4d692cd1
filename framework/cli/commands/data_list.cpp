#include <iostream>

#include "cli/command.h"
#include "cli/data/data_set.h"
#include "cli/options.h"
#include "core/plugin_spec.h"
#include "core/system_text.h"

namespace retort {
namespace {

int run(const Words& words) {
  bool json = false;
  Options options("data list", "Lists the data sets Retort knows, and which are here.");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  Json all = Json::array();
  for (const auto& set : data_sets()) {
    const bool here = set.is_here();
    all.push_back({{"name", set.name}, {"title", set.title}, {"folder", set.folder.string()}, {"here", here}});
    if (!json)
      std::cout << (here ? "here    " : "absent  ") << set.name << ": " << set.title << ", " << set.folder.string()
                << '\n';
  }
  if (json) std::cout << dump_text(all, 1) << '\n';
  return kDone;
}

}  // namespace

extern const Command data_list_command = {"data", "list", "List the data sets Retort knows, and which are here", run};

}  // namespace retort
