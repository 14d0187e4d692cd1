#pragma once
// The subcommands of `retort`, one file each, listed in one table (commands.cpp). To add one: write its file, declare
// it here, add its line.
#include <string>
#include <vector>

namespace retort {

using Words = std::vector<std::string>;  ///< what follows the subcommand's name on the command line

struct Command {
  const char* name;
  const char* summary;             ///< one line for `retort --help`
  int (*run)(const Words& words);  ///< returns the exit code; may throw Error
};

/// In the order of the help text.
const std::vector<Command>& commands();
/// Subcommands of `retort plugin`.
const std::vector<Command>& plugin_commands();
/// Subcommands of `retort data`.
const std::vector<Command>& data_commands();

/// Runs the command that the first word names. An unknown one is answered with the nearest; without words, or with
/// --help, the list is printed. `program` is what stands before the words: "retort", "retort plugin".
int dispatch(const std::string& program, const std::string& about, const std::vector<Command>& table,
             const Words& words);

/// Exit codes of the command; the table in docs/commands.md is this one.
enum ExitCode {
  kDone = 0,
  kNodeFailed = 1,
  kUsage = 2,        ///< usage or invalid graph
  kWorkToDo = 3,     ///< `plan --check`
  kStoreFailed = 4,  ///< unwritable, or damaged beyond healing
  kNoDevice = 5,     ///< a request no device can meet
  kPluginRefused = 6,
  kSignal = 128,  ///< + number of the signal
};

}  // namespace retort
