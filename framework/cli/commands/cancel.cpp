#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/runs/graph_runs.h"
#include "cli/runs/run_list.h"
#include "cli/runs/run_view.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/files.h"
#include "events/event_log.h"
#include "sched/job.h"

namespace retort {
namespace {

/// The run that goes on, where none was named. Throws Error(user) if several do.
std::filesystem::path the_one_that_goes_on(const Store& store) {
  std::vector<std::string> all;
  for (const auto& run : run_ids(store))
    if (has_writer(store.runs() / run / kEventsFile)) all.push_back(run);
  if (all.empty()) return run_folder(store, "");
  if (all.size() == 1) return store.runs() / all.front();
  std::string text = std::to_string(all.size()) + " runs go on; say which:";
  for (const auto& run : all) text += "\n  retort cancel " + run + "   " + typed_path(graph_of_run(store, run));
  throw Error(ErrorKind::user, text);
}

int run(const Words& words) {
  std::string run, store_option;
  bool now = false;
  Options options(
      "cancel", "Stops a run, whichever terminal or machine it goes on in.",
      "Its nodes stop at their next step and keep what they saved; finished results stay. The same graph goes "
      "on later from there.");
  options.argument("RUN", run, "id of the run, or a graph: its newest run; default: the one that goes on",
                   /*required=*/false);
  options.value("--store", store_option, "folder of results");
  options.flag("--now", now, "end its nodes at once, whether they listen or not");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const auto folder = run.empty() ? the_one_that_goes_on(store) : run_folder(store, run);
  if (!has_writer(folder / kEventsFile)) {
    std::cout << "run " << folder.filename().string() << " is over: there is nothing to stop\n";
    return kDone;
  }
  write_atomically(cancel_file(folder), now ? "now\n" : "\n", /*sync=*/false);
  std::cout << "run " << folder.filename().string() << " is asked to stop\n";
  return kDone;
}

}  // namespace

extern const Command cancel_command = {"", "cancel", "Stop a run that goes on elsewhere", run};

}  // namespace retort
