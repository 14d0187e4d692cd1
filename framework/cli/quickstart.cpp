#include "cli/all.h"
#include "cli/shipped.h"

namespace retort {

int quickstart_command(const Words& words) {
  Words run{(shipped_folder("graphs") / "quickstart.json").string()};
  run.insert(run.end(), words.begin(), words.end());
  return run_command(run);
}

}  // namespace retort
