#include "cli/command.h"
#include "cli/files/shipped.h"

namespace retort {
namespace {

int run(const Words& words) {
  Words graph{(shipped_folder("graphs") / "quickstart.json").string()};
  graph.insert(graph.end(), words.begin(), words.end());
  return find_command("", "run")->run(graph);
}

}  // namespace

extern const Command quickstart_command = {"", "quickstart",
                                           "Run the graph that comes with Retort: SC-DD beside SRe2L, in minutes", run};

}  // namespace retort
