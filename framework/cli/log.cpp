#include <iostream>

#include "cli/all.h"
#include "cli/options.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/error.h"
#include "core/files.h"
#include "events/event_log.h"
#include "sched/job.h"

namespace retort {
namespace {

bool ran(const std::filesystem::path& folder, const std::string& node) {
  const RunState state = fold_log(folder / "events.jsonl");
  const NodeView* found = state.find(node);
  return found && !found->slot.empty();
}

/// A node that printed nothing has no log.
int print_output(const std::filesystem::path& folder, const std::string& node) {
  const auto file = folder / log_name(node);
  if (std::filesystem::exists(file))
    std::cout << read_file(file);
  else if (!ran(folder, node))
    throw Error(ErrorKind::user, "\"" + node + "\" did not run in run " + folder.filename().string());
  return kDone;
}

}  // namespace

int log_command(const Words& words) {
  std::string run, node, store;
  bool json = false;
  Options options("log", "Shows what happened in a run, or what one of its nodes printed.");
  options.argument("RUN", run, "id of the run; default: the newest", /*required=*/false);
  options.value("--node", node, "print the output of this node");
  options.value("--store", store, "folder of results");
  options.flag("--json", json, "print the events as they are");
  if (const auto code = options.parse(words)) return *code;
  const auto folder = run_folder(open_store(store), run);
  if (!node.empty()) return print_output(folder, node);
  RunState state;
  std::vector<std::string> problems;
  const auto events = read_events(folder / "events.jsonl", nullptr, &problems);
  for (const auto& problem : problems) std::cerr << problem << '\n';
  for (const auto& event : events) {
    state.apply(event);
    if (json) {
      std::cout << event.dump() << '\n';
    } else if (const std::string line = plain_line(state, event); !line.empty()) {
      std::cout << line << '\n';
    }
  }
  if (json) return kDone;
  const bool killed = state.status == "running" && !has_writer(folder / "events.jsonl");
  std::cout << (killed ? "killed" : state.status) << " after " << duration_text(state.last - state.started) << '\n';
  return kDone;
}

}  // namespace retort
