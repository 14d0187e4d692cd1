#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/plugin_spec.h"
#include "sched/slots.h"

namespace retort {
namespace {

int run(const Words& words) {
  bool json = false;
  Options options("devices", "Lists the devices nodes can run on here.");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  const Devices devices = find_devices();
  if (json) {
    std::cout << Json{{"cpu", {{"cores", devices.cores}}}, {"cuda", devices.cards}}.dump(1) << '\n';
    return kDone;
  }
  std::cout << "cpu     " << devices.cores << (devices.cores == 1 ? " core" : " cores") << '\n';
  for (size_t i = 0; i < devices.cards.size(); ++i) std::cout << "cuda:" << i << "  " << devices.cards[i] << '\n';
  return kDone;
}

}  // namespace

extern const Command devices_command = {"", "devices", "List the devices nodes can run on", run};

}  // namespace retort
