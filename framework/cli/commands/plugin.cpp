#include "cli/command.h"

namespace retort {
namespace {

int run(const Words& words) { return dispatch("plugin", "Plugins: node types and the components inside them.", words); }

}  // namespace

extern const Command plugin_command = {"", "plugin", "List, show, write and check plugins", run};

}  // namespace retort
