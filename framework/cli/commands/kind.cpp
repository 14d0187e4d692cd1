#include "cli/command.h"

namespace retort {
namespace {

int run(const Words& words) { return dispatch("kind", "Kinds of artifacts: what goes from node to node.", words); }

}  // namespace

extern const Command kind_command = {"", "kind", "List and show the kinds of artifacts", run};

}  // namespace retort
