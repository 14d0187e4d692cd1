#include <iostream>

#include "catalog/reference.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/nearest.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::string type;
  bool json = false;
  Options options("plugin show", "Shows what a plugin is and takes: inputs, outputs, parameters.");
  options.argument("type", type, "Its type, as graphs write it");
  options.flag("--json", json, "Print JSON");
  if (const auto code = options.parse(words)) return *code;
  const Catalog catalog = Catalog::read(plugin_folders("", ""));
  std::vector<std::string> types;
  Json found = Json::array();
  std::string pages;
  for (const Manifest* one : catalog.all()) {  // two kinds may have a type of the same name
    types.push_back(one->spec.type);
    if (one->spec.type != type) continue;
    found.push_back(reference_json(*one));
    pages += (pages.empty() ? "" : "\n") + reference_page(*one, catalog);
  }
  if (found.empty()) {
    std::cerr << "retort plugin show: there is no plugin \"" << type << "\"";
    if (const std::string near = nearest(type, types); !near.empty()) std::cerr << "; " << did_you_mean(near);
    std::cerr << '\n';
    return kUsage;
  }
  std::cout << (json ? found.dump(1) + "\n" : pages);
  return kDone;
}

}  // namespace

extern const Command plugin_show_command = {"plugin", "show", "Show one plugin: parameters, ports, rules", run};

}  // namespace retort
