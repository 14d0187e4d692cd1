#include "cli/session/kinds_here.h"

#include "cli/session/plugin_places.h"

namespace retort {

std::vector<KindInUse> kinds_here() {
  const Catalog catalog = Catalog::read(plugin_folders("", ""));
  std::vector<const PluginSpec*> specs;
  for (const Manifest* one : catalog.all()) specs.push_back(&one->spec);
  return kinds_in_use(specs);
}

}  // namespace retort
