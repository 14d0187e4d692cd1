"""Every command that any page names exists: fenced ones are run or say why not (run_markdown.py), and what stands in the text as
`retort …` or `./dev …` names a subcommand and options that there are.
usage: check_commands.py SOURCE BUILD
"""
import functools
import pathlib
import re
import shlex
import subprocess
import sys

from run_markdown import BLOCK, unmarked

INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
GROUPS = ("data", "plugin", "kind")  # commands that have commands


@functools.lru_cache(maxsize=None)
def help_of(program, *words):
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def commands_in(text):
    """First words of the indented lines of a list of commands."""
    return set(re.findall(r"^  (\S+)\s", text, re.M))


def words_of(code):
    try:
        return shlex.split(code)
    except ValueError:  # an example that is cut off
        return code.split()


def problem_with(code, retort, dev):
    words = words_of(code)
    if words[0] == "./dev":
        verb = words[1] if len(words) > 1 else ""
        known = commands_in(help_of(dev, "help")) | {"", "VERB"}
        return "" if verb in known or not verb.isalpha() else f"./dev has no verb {verb}"
    path = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
    if not path:
        return ""
    depth = 2 if path[0] in GROUPS and len(path) > 1 else 1
    if path[0] not in commands_in(help_of(retort, "--help")):
        return f"retort has no command {path[0]}"
    if depth == 2 and path[1] not in commands_in(help_of(retort, path[0], "--help")):
        return f"retort {path[0]} has no command {path[1]}"
    known = help_of(retort, *path[:depth], "--help")
    for word in words[1 + depth:]:
        option = re.match(r"--[a-z][a-z-]*", word)
        if word.startswith("--") and option and not re.search(re.escape(option.group()) + r"\b(?!-)", known):
            return f"retort {' '.join(path[:depth])} has no option {option.group()}"
    return ""


def main():
    source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    pages = subprocess.run(["git", "ls-files", "*.md"], cwd=source, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    problems, commands = [], 0
    for name in pages:
        page = source / name
        problems += unmarked(page)
        prose = BLOCK.sub(lambda match: "\n" * match.group().count("\n"), page.read_text())
        for match in INLINE.finditer(prose):
            if re.match(r"(retort|\./dev) ", match.group(1)):
                commands += 1
                if problem := problem_with(match.group(1), str(build / "bin" / "retort"), str(source / "dev")):
                    problems.append(f"{name}:{prose[:match.start()].count(chr(10)) + 1}: `{match.group(1)}`: {problem}")
    if problems or not commands:
        sys.exit("\n".join(problems) or "no page names a command")
    print(f"{commands} commands in the text of {len(pages)} pages")


main()
