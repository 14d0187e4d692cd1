#include "cli/runs/next_commands.h"

#include "sched/job.h"
#include "sched/run_record.h"

namespace retort {
namespace {

constexpr size_t kMostFailures = 2;  // whose logs are named

/// A file name, never taken for an option.
std::string file_word(const std::string& file) { return shell_word(file.rfind('-', 0) == 0 ? "./" + file : file); }

std::string settings_of(const GraphOptions& asked) {
  std::string text;
  for (const auto& one : asked.sets) text += option_words("--set", one);
  for (const auto& one : asked.sweeps) text += option_words("--sweep", one);
  if (asked.add_seeds > 0) text += option_words("--add-seeds", std::to_string(asked.add_seeds));
  return text + option_words("--device", asked.device);
}

/// A command about the graph with its settings; empty for a graph that was read from texts, not from files.
std::string about_graph(const char* command, const GraphOptions& asked, const std::string& more) {
  if (!asked.texts.empty()) return "";  // of an earlier run: the files may have changed, or be gone
  return std::string("retort ") + command + " " + file_word(asked.graph) + more + settings_of(asked) +
         option_words("--store", asked.store);
}

}  // namespace

std::string option_words(const char* name, const std::string& value) {
  return value.empty() ? "" : std::string(" ") + name + (value[0] == '-' ? "=" : " ") + shell_word(value);
}

std::string command_of_table(const GraphOptions& asked, const std::string& more) {
  return about_graph("table", asked, more);
}

std::vector<std::string> commands_after(const GraphOptions& asked, const std::string& run, bool tables,
                                        const std::string& last_node) {
  std::vector<std::string> commands;
  const bool from_files = asked.texts.empty();
  const std::string store = option_words("--store", asked.store);
  if (tables && from_files) commands.push_back(command_of_table(asked));
  if (from_files) commands.push_back(about_graph("report", asked, " -o report.html"));
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
  const std::string store = option_words("--store", asked.store);
  if (state.status == "done") {
    std::string last;
    for (const auto& node : state.nodes)
      if (node.status == NodeStatus::done || node.status == NodeStatus::hit) last = node.name;
    return commands_after(asked, state.run == kUnrecorded ? "" : state.run, tables, last);
  }
  for (const auto& node : state.nodes)
    if (node.status == NodeStatus::failed && commands.size() < kMostFailures)
      commands.push_back("retort log " + state.run + option_words("--node", node.name) + store);
  if (state.status != "cancelled") return commands;
  std::string again = "retort run";
  for (const auto& word : words) again += " " + shell_word(word);
  commands.push_back(again);
  return commands;
}

}  // namespace retort
