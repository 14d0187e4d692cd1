"""The command `retort`, asked from Python."""

import json
import os
import pathlib
import subprocess
import warnings

from . import prefix
from .command import environment
from .error import RetortError


def program():
    """(path, environment) of the command: that of this package, else the one on PATH. Throws RetortError."""
    import shutil

    own = prefix / "bin" / "retort"
    if own.is_file():
        return own, environment()
    found = shutil.which("retort")
    if found is None:
        raise RetortError("there is no command retort: install the package retort-dd, or put the folder of a build on PATH")
    return pathlib.Path(found), os.environ


def said(text):
    """The message in what the command wrote to error output."""
    return "\n".join(line.removeprefix("retort: ") for line in text.strip().splitlines())


def ask(*words):
    """What the command prints for these words. Throws RetortError with its message; what it warns of becomes a warning."""
    path, variables = program()
    done = subprocess.run(
        [path, *words],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if done.returncode != 0:
        raise RetortError(
            said(done.stderr) or said(done.stdout) or f"retort {words[0]} left with {done.returncode}", done.returncode
        )
    if done.stderr.strip():
        warnings.warn(said(done.stderr), stacklevel=3)
    return done.stdout


def ask_json(*words):
    return json.loads(ask(*words, "--json"))


def graph_words(graph, set=None, sweep=None, device=None, add_seeds=0):
    """The words of a command for a graph and what is changed in it.

    `set`: {"node.parameter": value}; `sweep`: {"node.parameter": [values]}; `device`: "cpu" or "cuda".
    """
    return [os.fspath(graph), *change_words(set, sweep, device, add_seeds)]


def change_words(set=None, sweep=None, device=None, add_seeds=0):
    words = []
    for path, value in (set or {}).items():
        words += ["--set", f"{path}={_text(value)}"]
    for path, values in (sweep or {}).items():
        words += ["--sweep", f"{path}={','.join(map(_text, values))}"]
    if device:
        words += ["--device", device]
    if add_seeds:
        words += ["--add-seeds", str(add_seeds)]
    return words


def _text(value):
    return json.dumps(os.fspath(value) if isinstance(value, os.PathLike) else value, ensure_ascii=False)
