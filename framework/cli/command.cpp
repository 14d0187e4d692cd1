#include "cli/command.h"

#include <algorithm>
#include <iostream>

#include "core/nearest.h"

namespace retort {
namespace {

void print_help(std::ostream& out, const std::string& program, const std::string& about,
                const std::vector<const Command*>& group) {
  size_t width = 0;
  for (const Command* command : group) width = std::max(width, std::string(command->name).size());
  out << about << "\n\nusage: " << program << " COMMAND [arguments]\n\n";
  for (const Command* command : group)
    out << "  " << command->name << std::string(width + 2 - std::string(command->name).size(), ' ') << command->help
        << '\n';
  out << "\n" << program << " COMMAND --help explains one.\n";
}

}  // namespace

std::vector<const Command*> commands_of(const std::string& group) {
  std::vector<const Command*> found;
  std::copy_if(commands().begin(), commands().end(), std::back_inserter(found),
               [&](const Command* command) { return command->group == group; });
  return found;
}

const Command* find_command(const std::string& group, const std::string& name) {
  for (const Command* command : commands())
    if (command->group == group && command->name == name) return command;
  return nullptr;
}

int dispatch(const std::string& group, const std::string& about, const Words& words) {
  const std::string program = group.empty() ? "retort" : "retort " + group;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help(words.empty() ? std::cerr : std::cout, program, about, commands_of(group));
    return words.empty() ? kUsage : kDone;
  }
  if (words[0] == kComplete) {
    for (const Command* command : commands_of(group)) std::cout << command->name << '\n';
    return kDone;
  }
  if (const Command* command = find_command(group, words[0])) return command->run({words.begin() + 1, words.end()});
  std::vector<std::string> names;
  for (const Command* command : commands_of(group)) names.emplace_back(command->name);
  std::cerr << program << ": unknown command \"" << words[0] << "\"";
  if (const std::string near = nearest(words[0], names); !near.empty()) std::cerr << "; " << did_you_mean(near);
  std::cerr << "\n" << program << " --help lists all\n";
  return kUsage;
}

}  // namespace retort
