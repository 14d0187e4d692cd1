#include "cli/all.h"

namespace retort {

int plugin_command(const Words& words) {
  return dispatch("retort plugin", "Plugins: node types and the components inside them.", plugin_commands(), words);
}

}  // namespace retort
