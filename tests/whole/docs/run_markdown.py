"""Does what a page tells its reader to do: the commands of a Markdown file as they are printed, one after the other in one shell,
from a clone that was built (its build/dev is the build under test).

Fenced blocks are steps by their info string:
  ```cpp file=PATH          the block becomes the file PATH in the folder the shell is in (any language; missing folders are made)
  ```bash run               the block is run by bash; it must succeed (```bash run fails: it must not)
  ```bash not run: REASON   commands that no test runs
  ```text expect            every line of the block, trimmed, occurs in what the last run printed
Blocks of other languages are prose; commands without one of these marks fail, and so does a page without a step.
usage: run_markdown.py PAGE SOURCE BUILD PREFIX [NAME=VALUE ...]   (PREFIX/bin is on the PATH before the page changes it)
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.M | re.S)
SHELLS = ("bash", "sh", "shell", "console", "zsh")


def blocks(page):
    text = page.read_text()
    for match in BLOCK.finditer(text):
        yield text[: match.start()].count("\n") + 1, match.group(1).strip(), match.group(2)


def is_command(info, body):
    """Whether a reader would type it."""
    language = info.split()[0] if info else ""
    return language in SHELLS or (not language and re.search(r"^\$ ", body, re.M) is not None)


def mark(info):
    """What is done with a block: "run", "run fails", "not run", "file", "expect", or "" for none of it."""
    words = info.split()
    if any(word.startswith("file=") for word in words):
        return "file"
    if re.search(r"\bnot run: \S", info):
        return "not run"
    rest = " ".join(words[1:])
    return rest if rest in ("run", "run fails", "expect") else ""


def unmarked(page):
    """Places of commands that are neither run nor marked with the reason why not."""
    return [f"{page.name}:{line}: a command that is neither `run` nor `not run: REASON`"
            for line, info, body in blocks(page) if is_command(info, body) and mark(info) not in ("run", "run fails", "not run")]


def clone(source, build, to):
    """What a clone holds: the files that git knows, as they are now; built."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=source, stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
    for name in filter(None, (os.fsdecode(one) for one in names)):
        if (source / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, to / name)
    (to / "build").mkdir()
    (to / "build" / "dev").symlink_to(build)


class Shell:
    """One shell after the other, each with the variables and the folder that the last one left."""

    def __init__(self, folder, environment, notes):
        self.folder, self.environment, self.notes = str(folder), environment, notes

    def run(self, text):
        left = self.notes / "left"
        left.unlink(missing_ok=True)
        whole = f"trap 'code=$?; {{ pwd; env -0; }} > {left}; exit $code' EXIT\n{text}"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", whole], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if left.exists():
            self.folder, _, rest = left.read_text().partition("\n")
            self.environment = dict(pair.split("=", 1) for pair in rest.split("\0") if "=" in pair)
        return done


def main():
    page, source, build, prefix = (pathlib.Path(word).resolve() for word in sys.argv[1:5])
    problems = unmarked(page)
    if problems:
        sys.exit("\n".join(problems))
    environment = dict(os.environ, PATH=f"{prefix}/bin:{os.environ['PATH']}")
    environment.update(pair.split("=", 1) for pair in sys.argv[5:])
    environment.pop("RETORT_PLUGIN_PATH", None)
    printed, done = "", 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        environment.update(RETORT_STORE=f"{folder}/store", HOME=f"{folder}/home")
        for name in ("clone", "home", "notes"):
            (root / name).mkdir()
        clone(source, build, root / "clone")
        shell = Shell(root / "clone", environment, root / "notes")
        for line, info, body in blocks(page):
            place, what = f"{page.name}:{line}", mark(info)
            if what == "file":
                target = pathlib.Path(shell.folder, info.split("file=", 1)[1].split()[0])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(body)
            elif what in ("run", "run fails"):
                result = shell.run(body)
                printed = result.stdout
                print(f"--- {place}\n{body}{printed}", flush=True)
                if (result.returncode != 0) != (what == "run fails"):
                    sys.exit(f"{place}: exit status {result.returncode}")
            elif what == "expect":
                flat = re.sub(r"\s+", " ", printed)
                for want in filter(None, (re.sub(r"\s+", " ", one).strip() for one in body.splitlines())):
                    if want not in flat:
                        sys.exit(f"{place}: not printed: {want}")
            else:
                continue
            done += 1
    if not done:
        sys.exit(f"{page}: no step found")
    print(f"{page.name}: {done} steps done")


if __name__ == "__main__":
    main()
