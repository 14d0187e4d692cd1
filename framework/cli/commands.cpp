#include <algorithm>
#include <iostream>

#include "cli/all.h"
#include "cli/command.h"
#include "core/nearest.h"

namespace retort {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"quickstart", "Run the graph that comes with Retort: SC-DD beside SRe2L, in minutes", quickstart_command},
      {"init", "Write a folder to work in: a graph, the schema for an editor", init_command},
      {"run", "Run what a graph still lacks and print its tables", run_command},
      {"plan", "Say what would run, and why", plan_command},
      {"validate", "Check graphs: every mistake, with its place", validate_command},
      {"why", "Explain why nodes run: the exact field, old and new value, where it was written", why_command},
      {"carry", "Keep results whose code changed without changing what it computes", carry_command},
      {"ls", "List the nodes of a graph, or the results of the store", ls_command},
      {"show", "Show one result: what it was made from, its files, its key text", show_command},
      {"log", "Show what happened in a run", log_command},
      {"watch", "Show a run that goes on elsewhere", watch_command},
      {"cancel", "Stop a run that goes on elsewhere", cancel_command},
      {"debug", "Run the job of one node under a debugger, with its inputs in place", debug_command},
      {"table", "Print the tables of a graph from results that are there", table_command},
      {"diff", "Explain two cells by what was set otherwise", diff_command},
      {"report", "Write one HTML file that shows a graph or a run", report_command},
      {"serve", "Show a graph, a run or all runs in a browser on this machine, live", serve_command},
      {"export", "Copy an artifact's files out of the store, or results into one archive", export_command},
      {"import", "Take results over from an archive", import_command},
      {"pin", "Keep results, or those of a run, whatever is collected", pin_command},
      {"unpin", "Let what was pinned be collected again", unpin_command},
      {"gc", "Take out results that are worth least", gc_command},
      {"fsck", "Read the whole store and set aside what is damaged", fsck_command},
      {"data", "List and fetch data sets", data_command},
      {"plugin", "List, show, write and check plugins", plugin_command},
      {"schema", "Print the JSON schema of graphs, for editors", schema_command},
      {"devices", "List the devices nodes can run on", devices_command},
      {"doctor", "Check that everything a run needs is here", doctor_command},
      {"completion", "Print a completion script for bash or zsh", completion_command},
      {"version", "Print the version", version_command},
  };
  return all;
}

const std::vector<Command>& plugin_commands() {
  static const std::vector<Command> all = {
      {"list", "List plugins by kind", plugin_list_command},
      {"show", "Show one plugin: parameters, ports, rules", plugin_show_command},
      {"new", "Write the start of a new plugin", plugin_new_command},
      {"check", "Check the contract of a built plugin", plugin_check_command},
  };
  return all;
}

const std::vector<Command>& data_commands() {
  static const std::vector<Command> all = {
      {"list", "List the data sets Retort knows, and which are here", data_list_command},
      {"fetch", "Download a data set, or take it from files you have", data_fetch_command},
  };
  return all;
}

namespace {

void print_help(std::ostream& out, const std::string& program, const std::string& about,
                const std::vector<Command>& table) {
  size_t width = 0;
  for (const auto& command : table) width = std::max(width, std::string(command.name).size());
  out << about << "\n\nusage: " << program << " COMMAND [arguments]\n\n";
  for (const auto& command : table)
    out << "  " << command.name << std::string(width + 2 - std::string(command.name).size(), ' ') << command.summary
        << '\n';
  out << "\n" << program << " COMMAND --help explains one.\n";
}

}  // namespace

int dispatch(const std::string& program, const std::string& about, const std::vector<Command>& table,
             const Words& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help(words.empty() ? std::cerr : std::cout, program, about, table);
    return words.empty() ? kUsage : kDone;
  }
  std::vector<std::string> names;
  for (const auto& command : table) {
    if (words[0] == command.name) return command.run({words.begin() + 1, words.end()});
    names.emplace_back(command.name);
  }
  std::cerr << program << ": unknown command \"" << words[0] << "\"";
  if (const std::string near = nearest(words[0], names); !near.empty()) std::cerr << "; " << did_you_mean(near);
  std::cerr << "\n" << program << " --help lists all\n";
  return kUsage;
}

}  // namespace retort
