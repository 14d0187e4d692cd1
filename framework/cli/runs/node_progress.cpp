#include "cli/runs/node_progress.h"

#include <algorithm>

#include "cli/runs/run_list.h"
#include "events/event_log.h"
#include "events/run_state.h"
#include "events/view.h"
#include "sched/job.h"

namespace retort {
namespace {

constexpr size_t kMostRuns = 50;  // looked at, newest first

struct Logged {
  RunState state;
  bool goes_on = false;
};

/// The newest runs of the store; those whose log cannot be read are left out.
std::vector<Logged> newest_runs(const Store& store) {
  std::vector<std::filesystem::path> folders;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(store.runs(), none)) folders.push_back(entry.path());
  std::sort(folders.rbegin(), folders.rend());
  if (folders.size() > kMostRuns) folders.resize(kMostRuns);
  std::vector<Logged> runs;
  for (const auto& folder : folders) try {
      const auto log = folder / kEventsFile;
      const bool goes_on = has_writer(log);
      runs.push_back({fold_log(log), goes_on});
    } catch (const Error&) {
    }
  return runs;
}

/// "cpu since 3.2 s" of what holds a slot.
std::string running_on(const NodeView& node, const RunState& run) {
  return node.slot + " since " + duration_text(std::max(0.0, run.last - node.started));
}

std::string holders(const RunState& run) {
  std::string text;
  for (const auto& node : run.nodes)
    if (node.status == NodeStatus::running)
      text += (text.empty() ? "" : ", ") + node.name + " (" + running_on(node, run) + ")";
  return text;
}

/// What a run that goes on says about this key or this node.
std::string said_by(const RunState& run, const std::string& name, const std::string& key, bool same_graph) {
  for (const auto& node : run.nodes)
    if (node.status == NodeStatus::running && !key.empty() && node.key == key)
      return "run " + run.run + " computes it now" + (node.name == name ? "" : " as " + node.name) + " on " +
             running_on(node, run);
  const NodeView* node = same_graph ? run.find(name) : nullptr;
  if (!node || node->status != NodeStatus::waiting) return "";
  std::string above;
  for (const size_t one : node->after)
    if (one < run.nodes.size() && run.nodes[one].status != NodeStatus::hit && run.nodes[one].status != NodeStatus::done)
      above += (above.empty() ? "" : ", ") + run.nodes[one].name;
  if (!above.empty()) return "waits in run " + run.run + " for " + above;
  const bool for_lease = node->reason == "another run computes this result";
  if (for_lease || holders(run).empty()) return "waits in run " + run.run + ": " + node->reason;
  return "waits in run " + run.run + " for a slot; taken by " + holders(run);
}

}  // namespace

std::vector<std::string> standing(const Session& session, size_t index) {
  const std::string& name = session.graph.nodes[index].name;
  const PlannedNode& planned = session.plan.at(index);
  std::vector<std::string> lines;
  bool failed = false;
  const auto graph = path_of_graph(session.graph.file);
  for (const auto& [run, goes_on] : newest_runs(session.store)) {
    const bool same_graph = graph_of_run(session.store, run.run) == graph;
    if (goes_on)
      if (const std::string said = said_by(run, name, planned.key, same_graph); !said.empty())
        lines.push_back(name + ": " + said);
    const NodeView* node = run.find(name);
    if (failed || !same_graph || !node || node->status != NodeStatus::failed) continue;
    if (!planned.key.empty() && !node->key.empty() && node->key != planned.key) continue;
    failed = true;
    lines.push_back(name + ": failed in run " + run.run + " (" + node->error_kind + "): " + node->error);
    lines.push_back(name + ": its output: retort log " + run.run + " --node " + shell_word(name) +
                    "; under a debugger: retort debug " + shell_word(name) + " --run " + run.run);
  }
  return lines;
}

}  // namespace retort
