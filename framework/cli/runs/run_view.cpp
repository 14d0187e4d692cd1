#include "cli/runs/run_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "cli/command.h"
#include "cli/runs/run_list.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/printable.h"
#include "log/log.h"

namespace retort {

std::filesystem::path run_folder(const Store& store, const std::string& run) {
  const std::vector<std::string> ids = run_ids(store);
  if (ids.empty()) throw Error(ErrorKind::user, store.root().string() + " has no run yet");
  if (run.empty()) return store.runs() / ids.front();
  if (std::find(ids.begin(), ids.end(), run) != ids.end()) return store.runs() / run;
  if (const std::string newest = newest_run(store, run); !newest.empty()) return store.runs() / newest;
  std::vector<std::string> begun;
  for (const auto& id : ids)
    if (id.rfind(run, 0) == 0) begun.push_back(id);
  if (begun.size() == 1) return store.runs() / begun.front();
  if (begun.size() > 1)
    throw Error(ErrorKind::user, std::to_string(begun.size()) + " runs begin with " + run + ": " + begun.back() +
                                     " to " + begun.front() + "; give more of the id");
  std::error_code none;
  if (std::filesystem::is_regular_file(run, none))
    throw Error(ErrorKind::user, store.root().string() + " has no run of " + run);
  const std::string near = nearest(run, ids);
  throw Error(ErrorKind::user,
              store.root().string() + " has no run \"" + run + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)));
}

int exit_code(const RunState& state, int signal) {
  if (signal != 0) return kSignal + signal;
  bool failed = false, only_plugins = true;
  for (const auto& node : state.nodes) {
    if (node.status != NodeStatus::failed) continue;
    if (node.error_kind == name_of(ErrorKind::store)) return kStoreFailed;
    failed = true;
    only_plugins = only_plugins && node.error_kind == name_of(ErrorKind::plugin);
  }
  return !failed ? kDone : only_plugins ? kPluginRefused : kNodeFailed;
}

std::string summary(const RunState& state, const Store& store) {
  std::string text;
  for (const NodeStatus status : {NodeStatus::done, NodeStatus::hit, NodeStatus::failed, NodeStatus::skipped,
                                  NodeStatus::cancelled, NodeStatus::unneeded})
    if (const size_t n = state.count(status); n > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + words_for(status);
  return state.status + " in " + duration_text(state.last - state.started) + ": " + text + "; results in " +
         store.root().string();
}

std::unique_ptr<View> make_view(bool plain) {
  winsize size = {};
  if (plain || log_is_shown() || ::isatty(STDERR_FILENO) == 0 || ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
    return plain_view(std::cerr);
  static std::ostream raw(raw_buffer(std::cerr));
  return live_view(raw, size.ws_col);
}

}  // namespace retort
