#pragma once
// The subcommands of `retort`: a file commands/NAME.cpp each, which defines NAME_command, and a name in the list of
// CMakeLists.txt, from which the table of all is made.
#include <string>
#include <vector>

namespace retort {

using Words = std::vector<std::string>;  ///< what follows the subcommand's name on the command line

struct Command {
  const char* group;  ///< the subcommand it belongs to ("plugin" for `retort plugin list`); empty: `retort` itself
  const char* name;
  const char* help;                ///< one line for `retort --help`
  int (*run)(const Words& words);  ///< returns the exit code; may throw Error
};

/// All of them, in the order of the help text.
const std::vector<const Command*>& commands();
/// Those of one group.
std::vector<const Command*> commands_of(const std::string& group);
/// Null if there is none.
const Command* find_command(const std::string& group, const std::string& name);

/// Asks a command for its options, a group for its commands, a line each: for completion.
inline constexpr const char* kComplete = "--complete-options";

/// Runs the command of the group that the first word names. An unknown one is answered with the nearest; without words,
/// or with --help, the list is printed under `about`.
int dispatch(const std::string& group, const std::string& about, const Words& words);

/// Exit codes of the command.
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
