#include <iostream>

#include "catalog/reference.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/nearest.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::string kind;
  bool json = false;
  Options options("plugin list", "Lists the plugins that graphs can use.");
  options.argument("kind", kind, "Only this kind: node, recover_loss, …", /*required=*/false);
  options.flag("--json", json, "Print JSON");
  if (const auto code = options.parse(words)) return *code;
  const Catalog catalog = Catalog::read(plugin_folders("", ""));
  for (const auto& problem : catalog.problems()) std::cerr << "warning: " << problem << '\n';
  const auto found = kind.empty() ? catalog.all() : catalog.of_kind(kind);
  if (json) {
    Json list = Json::array();
    for (const Manifest* one : found) list.push_back(reference_json(*one));
    std::cout << list.dump(1) << '\n';
    return kDone;
  }
  if (found.empty() && !kind.empty()) {
    std::vector<std::string> kinds;
    for (const Manifest* one : catalog.all()) kinds.push_back(one->spec.kind);
    std::cerr << "retort plugin list: there is no plugin of kind \"" << kind << "\"";
    if (const std::string near = nearest(kind, kinds); !near.empty()) std::cerr << "; " << did_you_mean(near);
    std::cerr << '\n';
    return kUsage;
  }
  std::cout << listing(found);
  return kDone;
}

}  // namespace

extern const Command plugin_list_command = {"plugin", "list", "List plugins by kind", run};

}  // namespace retort
