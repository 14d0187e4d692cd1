#pragma once
// Kinds with those that write and read them, found by the ports of plugins: true of whatever is installed.
#include <string>
#include <vector>

#include "core/plugin_spec.h"
#include "kinds/kind.h"

namespace retort {

struct KindInUse {
  std::string name;
  const Kind* contract = nullptr;             ///< null: a plugin's own, of which nothing is known
  std::vector<std::string> writers, readers;  ///< "recover", "recover_init real": by name
};

/// All that have a contract, in their order, then the others by name.
std::vector<KindInUse> kinds_in_use(const std::vector<const PluginSpec*>& plugins);

/// Files with their tensors, the meta, who writes and who reads it. Plain text.
std::string kind_page(const KindInUse& kind);
Json to_json(const KindInUse& kind);

}  // namespace retort
