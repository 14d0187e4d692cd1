#include "kinds/kinds_in_use.h"

#include <map>
#include <set>

namespace retort {
namespace {

using Names = std::map<std::string, std::set<std::string>>;  ///< kind → plugins

std::vector<std::string> of(const Names& names, const std::string& kind) {
  const auto found = names.find(kind);
  if (found == names.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace

std::vector<KindInUse> kinds_in_use(const std::vector<const PluginSpec*>& plugins) {
  Names writers, readers;
  std::set<std::string> own;
  for (const PluginSpec* plugin : plugins) {
    const std::string name = plugin->kind == "node" ? plugin->type : plugin->kind + " " + plugin->type;
    for (const auto& port : plugin->outputs) writers[port.kind].insert(name);
    for (const auto& port : plugin->inputs) {
      readers[port.kind].insert(name);
      for (const auto& kind : port.kinds) readers[kind].insert(name);
    }
  }
  for (const Names* names : {&writers, &readers})
    for (const auto& [kind, who] : *names)
      if (!find_kind(kind)) own.insert(kind);
  std::vector<KindInUse> all;
  for (const auto& kind : kinds()) all.push_back({kind.name, &kind, of(writers, kind.name), of(readers, kind.name)});
  for (const auto& kind : own) all.push_back({kind, nullptr, of(writers, kind), of(readers, kind)});
  return all;
}

}  // namespace retort
