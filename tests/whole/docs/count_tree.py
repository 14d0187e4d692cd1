"""Counts what tells whether the source is easy to change: long files, code in headers, places where one thing is written.

Markdown, tests, graphs and the Python package, a user of the command, are left out. It runs on any commit: git worktree add FOLDER COMMIT, then name that folder.
usage: count_tree.py ROOT
"""
import pathlib
import re
import subprocess
import sys

LONG = 250
def in_a_row(names):
    """Three of them with nothing but separators between: a list of such names."""
    one = rf"(?<![\w/])(?:{names})(?![\w/])"
    return one + rf"(?:[\s,;|:\"'\[\]()]+{one}){{2}}"


# One example of each kind of thing, with what stands where it is written.
WRITTEN = {
    "the component bn_match": r"\bbn_match\b",
    "the parameter variance_scale of bn_match": r"\bvariance_scale\b",
    "the command ls": r'"ls"|\bls_command\b|\brun_ls\b|\bls\.cpp|^\s+(?:[a-z_]+ )+ls(?: [a-z_]+)+',
    "the status \"not needed\" of a node": r'"not needed"',
    "a list of the plugin libraries": in_a_row("vision|nn|train|artifact|relabel|recover|match|checkpoint"),
    "a list of the component kinds": in_a_row("network|ssl_method|augmentation|recover_[a-z]+|match_loss|teacher_[a-z]+"),
}
COMMENT = re.compile(r"^\s*(//|#(?!include|define)).*$", re.MULTILINE)


def implementation_lines(text):
    """Lines in bodies of functions that are not written on one line: what a header could leave to its .cpp."""
    lines = text.splitlines()
    count, at = 0, 0
    while at < len(lines):
        line = lines[at]
        if re.search(r"\)[\w\s]*(?::[^{]*)?\{$", line) and not re.match(r"\s*(namespace|struct|class|enum|//)", line):
            end = re.match(r"\s*", line).group(0) + "}"
            while at + 1 < len(lines) and not lines[at + 1].startswith(end):
                at, count = at + 1, count + 1
        at += 1
    return count


def main():
    root = pathlib.Path(sys.argv[1])
    tracked = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    sources = {name: (root / name).read_text(errors="replace") for name in tracked
               if name.startswith(("framework/", "plugins/")) and name.endswith((".cpp", ".h")) and (root / name).is_file()}
    long_ones = [name for name, text in sources.items() if text.count("\n") > LONG]
    print(f"{len(long_ones)} of {len(sources)} source files are longer than {LONG} lines")
    headers = {name: implementation_lines(text) for name, text in sources.items() if name.endswith(".h")}
    for part in ("framework/", "plugins/"):
        print(f"{sum(n for name, n in headers.items() if name.startswith(part))} lines of function bodies in headers of {part}")
    product = {}
    for name in tracked:
        path = root / name
        if name.startswith(("framework/", "plugins/", "CMakeLists.txt", "dev")) and not name.startswith("framework/python/") and path.is_file() and path.suffix not in (".md", ".png"):
            product[name] = COMMENT.sub("", path.read_text(errors="replace"))
    for what, pattern in WRITTEN.items():
        places = [name for name, text in product.items() if re.search(pattern, text, re.MULTILINE)]
        print(f"{len(places)} files: {what}")
        if "--names" in sys.argv:
            print("".join(f"  {name}\n" for name in places), end="")


main()
