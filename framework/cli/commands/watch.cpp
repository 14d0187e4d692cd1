#include <chrono>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/runs/run_view.h"
#include "cli/session/session.h"
#include "core/files.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);

/// Follows the log until it ends, or until the process that wrote it is gone.
RunState follow(const std::filesystem::path& events, View& view) {
  RunState state;
  for (size_t from = 0;;) {
    const bool going_on = has_writer(events);  // before reading: what it wrote last is read too
    for (const auto& event : read_events(events, &from)) {
      state.apply(event);
      view.event(state, event);
    }
    if (state.status != "running" && !state.status.empty()) break;
    if (!going_on) break;
    view.tick(state, std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
    std::this_thread::sleep_for(kInterval);
  }
  view.finish(state);
  return state;
}

int run(const Words& words) {
  std::string run, store_option;
  bool plain = false;
  Options options("watch", "Shows a run that goes on elsewhere, until it ends.",
                  "Ctrl-C ends the watching, not the run. The exit code is that of the run.");
  options.argument("RUN", run, "id of the run, or a graph: its newest run; default: the newest", /*required=*/false);
  options.value("--store", store_option, "folder of results");
  options.flag("--plain", plain, "one line a change of state, also on a terminal");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const auto folder = run_folder(store, run);
  const auto view = make_view(plain);
  const RunState state = follow(folder / kEventsFile, *view);
  if (state.status == "done" || state.status == "failed") {
    std::cout << summary(state, store) << '\n';
    return exit_code(state);
  }
  const auto said = folder / "said.txt";
  if (state.status.empty() && std::filesystem::exists(said)) {
    std::cout << "run " << folder.filename().string() << " ended before anything ran:\n" << read_file(said);
  } else if (state.status == "cancelled") {
    std::cout << summary(state, store) << "\n  retort run --id " << state.run << '\n';
  } else {
    std::cout << "run " << folder.filename().string()
              << " was killed: its command is gone and it never ended; finished results are kept";
    if (!state.graph.empty()) std::cout << "\n  retort run --id " << state.run;
    std::cout << '\n';
  }
  return kNodeFailed;
}

}  // namespace

extern const Command watch_command = {"", "watch", "Show a run that goes on elsewhere", run};

}  // namespace retort
