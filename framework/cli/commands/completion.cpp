#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/error.h"

namespace retort {
namespace {

// Subcommands are in the script; what may follow the words so far is asked of the program: the options of a command, or
// the commands of a group (`retort plugin`). Everything else is a file.
constexpr const char* kBash = R"script(_retort() {
  local word=${COMP_WORDS[COMP_CWORD]} known
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "@COMMANDS@" -- "$word"))
    return
  fi
  known=$(retort "${COMP_WORDS[@]:1:COMP_CWORD-1}" --complete-options 2>/dev/null)
  [[ $word == -* ]] || known=$(grep -v '^-' <<<"$known")
  COMPREPLY=($(compgen -W "$known" -- "$word"))
  [ "${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _retort retort
)script";

constexpr const char* kZsh = R"script(#compdef retort
_retort() {
  if (( CURRENT == 2 )); then
    compadd -- @COMMANDS@
    return
  fi
  local -a known
  known=(${(f)"$(retort ${words[2,CURRENT-1]} --complete-options 2>/dev/null)"})
  [[ $words[CURRENT] == -* ]] || known=(${known:#-*})
  if (( $#known )); then compadd -- $known; else _files; fi
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
