#include <iostream>

#include "cli/all.h"
#include "cli/options.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/files.h"
#include "events/event_log.h"
#include "sched/job.h"

namespace retort {

int cancel_command(const Words& words) {
  std::string run, store_option;
  bool now = false;
  Options options(
      "cancel", "Stops a run, whichever terminal or machine it goes on in.",
      "Its nodes stop at their next step and keep what they saved; finished results stay. The same graph goes "
      "on later from there.");
  options.argument("RUN", run, "id of the run; default: the newest", /*required=*/false);
  options.value("--store", store_option, "folder of results");
  options.flag("--now", now, "end its nodes at once, whether they listen or not");
  if (const auto code = options.parse(words)) return *code;
  const auto folder = run_folder(open_store(store_option), run);
  if (!has_writer(folder / "events.jsonl")) {
    std::cout << "run " << folder.filename().string() << " is over: there is nothing to stop\n";
    return kDone;
  }
  write_atomically(cancel_file(folder), now ? "now\n" : "\n", /*sync=*/false);
  std::cout << "run " << folder.filename().string() << " is asked to stop\n";
  return kDone;
}

}  // namespace retort
