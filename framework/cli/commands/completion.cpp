#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/error.h"

namespace retort {
namespace {

// Subcommands are in the script; options of one are asked of it; everything else is a file.
constexpr const char* kBash = R"script(_retort() {
  local word=${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "@COMMANDS@" -- "$word"))
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$(retort "${COMP_WORDS[1]}" --complete-options 2>/dev/null)" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _retort retort
)script";

constexpr const char* kZsh = R"script(#compdef retort
_retort() {
  if (( CURRENT == 2 )); then
    compadd -- @COMMANDS@
  elif [[ $words[CURRENT] == -* ]]; then
    compadd -- ${(f)"$(retort $words[2] --complete-options 2>/dev/null)"}
  else
    _files
  fi
}
compdef _retort retort
)script";

int run(const Words& words) {
  std::string shell;
  Options options("completion", "Prints a completion script.",
                  "bash: source <(retort completion bash)\nzsh:  source <(retort completion zsh)");
  options.argument("SHELL", shell, "bash or zsh");
  if (const auto code = options.parse(words)) return *code;
  if (shell != "bash" && shell != "zsh")
    throw Error(ErrorKind::user, "there is completion for bash and zsh, not for \"" + shell + "\"");
  std::string script = shell == "bash" ? kBash : kZsh, names;
  for (const Command* command : commands_of("")) names += (names.empty() ? "" : " ") + std::string(command->name);
  const std::string mark = "@COMMANDS@";
  script.replace(script.find(mark), mark.size(), names);
  std::cout << script;
  return kDone;
}

}  // namespace

extern const Command completion_command = {"", "completion", "Print a completion script for bash or zsh", run};

}  // namespace retort
