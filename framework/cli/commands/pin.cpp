#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/pin_names.h"
#include "cli/results/result_name.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/system_text.h"
#include "store/pins.h"

namespace retort {
namespace {

int list(const Store& store, bool json) {
  Json all = Json::array();
  for (const auto& pin : Pins(store).all()) {
    all.push_back({{"name", pin.name}, {"why", pin.why}, {"by", pin.by}, {"when", pin.when}});
    if (json) continue;
    std::cout << (pin.name.rfind("run-", 0) == 0 ? "run " + pin.name.substr(4) : pin.name.substr(0, 12));
    if (!pin.by.empty()) std::cout << "  by " << pin.by << ", " << pin.when;
    std::cout << (pin.why.empty() ? "" : "  " + pin.why) << '\n';
  }
  if (json) std::cout << dump_text(all, 1) << '\n';
  return kDone;
}

int run(const Words& words) {
  std::vector<std::string> names;
  std::string why, store_option;
  bool json = false;
  Options options("pin", "Keeps results, or all results of a run, whatever gc collects; without names, lists the pins.",
                  kResultNames);
  options.arguments("NAME", names, "results, a graph before its nodes, or ids of runs");
  options.value("--why", why, "a word for those who meet the pin later");
  options.value("--store", store_option, "folder of results");
  options.flag("--json", json, "list as JSON");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  if (names.empty()) return list(store, json);
  for (const auto& [word, name] : pin_names(store, names)) {
    Pins(store).add(name, why);
    // A collection may have taken it between the look and the pin: looking again puts it back.
    if (name.rfind("run-", 0) != 0 && !store.find(name))
      throw Error(ErrorKind::data, "result " + name.substr(0, 12) + " was just collected");
    std::cout << "pinned " << word << '\n';
  }
  return kDone;
}

}  // namespace

extern const Command pin_command = {"", "pin", "Keep results, or those of a run, whatever is collected", run};

}  // namespace retort
