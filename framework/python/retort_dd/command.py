"""Starts the command `retort` of this package in place of Python."""

import importlib.util
import os
import sys

from . import prefix


def environment():
    """The libraries look for torch beside this package; where it lies elsewhere (a user's site, an overlay), they are told."""
    beside = prefix.parent / "torch" / "lib"
    spec = importlib.util.find_spec("torch") if not beside.is_dir() else None
    if spec is None or not spec.submodule_search_locations:
        return os.environ
    found = os.path.join(next(iter(spec.submodule_search_locations)), "lib")
    paths = [found, *filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":"))]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(paths), "RETORT_TORCH": os.path.dirname(found)}


def main():
    command = prefix / "bin" / "retort"
    os.execve(command, [os.fspath(command), *sys.argv[1:]], environment())
