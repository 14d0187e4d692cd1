#include "cli/runs/next_commands.h"

#include "sched/job.h"
#include "sched/run_record.h"

namespace retort {
namespace {

constexpr size_t kMostFailures = 2;  // whose logs are named

std::string option(const char* name, const std::string& value) {
  return value.empty() ? "" : std::string(" ") + name + " " + shell_word(value);
}

/// A file name, never taken for an option.
std::string file_word(const std::string& file) { return shell_word(file.rfind('-', 0) == 0 ? "./" + file : file); }

std::string settings_of(const GraphOptions& asked) {
  std::string text;
  for (const auto& one : asked.sets) text += option("--set", one);
  for (const auto& one : asked.sweeps) text += option("--sweep", one);
  if (asked.add_seeds > 0) text += option("--add-seeds", std::to_string(asked.add_seeds));
  return text + option("--device", asked.device);
}

}  // namespace

std::vector<std::string> commands_after(const GraphOptions& asked, const std::string& run, bool tables,
                                        const std::string& last_node) {
  std::vector<std::string> commands;
  const bool from_files = asked.texts.empty();  // of an earlier run the files may have changed, or be gone
  const std::string store = option("--store", asked.store);
  if (tables && from_files) commands.push_back("retort table " + file_word(asked.graph) + settings_of(asked) + store);
  if (last_node.empty()) return commands;
  const bool is_word = last_node[0] != '-';
  if (from_files && is_word && (!run.empty() || settings_of(asked).empty()))
    commands.push_back("retort export " + file_word(asked.graph) + " " + shell_word(last_node) + " FOLDER" + store);
  else if (!run.empty())
    commands.push_back("retort export " + shell_word(run + "/" + last_node) + " FOLDER" + store);
  return commands;
}

std::vector<std::string> next_commands(const GraphOptions& asked, const RunState& state, bool tables,
                                       const Words& words) {
  std::vector<std::string> commands;
  const std::string store = option("--store", asked.store);
  if (state.status == "done") {
    std::string last;
    for (const auto& node : state.nodes)
      if (node.status == NodeStatus::done || node.status == NodeStatus::hit) last = node.name;
    return commands_after(asked, state.run == kUnrecorded ? "" : state.run, tables, last);
  }
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::failed && commands.size() < kMostFailures)
      commands.push_back("retort log " + state.run + (node.name[0] == '-' ? " --node=" : " --node ") +
                         shell_word(node.name) + store);
  if (state.status != "cancelled") return commands;
  std::string again = "retort run";
  for (const auto& word : words) again += " " + shell_word(word);
  commands.push_back(again);
  return commands;
}

}  // namespace retort
