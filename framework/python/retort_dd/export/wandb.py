"""For Weights & Biases, offline: a run a result; `wandb sync FOLDER/wandb/offline-*` sends them when you want it.

The library's runs are written by a service that is done when the process ends, some time after `finish` has returned; and a process
has one run that is the current one. A Python of its own therefore writes them: what is there afterwards is whole, and runs of
yours go on.
"""

import json
import os
import subprocess
import sys

from ..error import RetortError
from ..library import library
from .contents import Contents

_CHILD = "from retort_dd.export.wandb import main; main()"


def write(results, folder, project="retort"):
    """`results`: {node: Result}; writes folder/wandb/offline-run-… without a connection, and returns the folder. Needs wandb."""
    library("wandb")
    os.makedirs(folder, exist_ok=True)
    asked = {"folder": str(folder), "project": project, "results": [[node, str(each.store.root), each.key] for node, each in results.items()]}
    path = os.pathsep.join(each or os.getcwd() for each in sys.path)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], input=json.dumps(asked), env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RetortError(f"wandb could not write {folder}:\n{done.stderr.strip()}")
    return folder


def main():
    from ..result import Result
    from ..store import Store

    asked = json.load(sys.stdin)
    for node, root, key in asked["results"]:
        _write(node, Contents(Result(Store(root), key)), asked["folder"], asked["project"])


def _write(node, contents, folder, project):
    wandb = library("wandb")
    run = wandb.init(
        mode="offline",
        dir=folder,
        project=project,
        name=node,
        config={**contents.settings, "retort": contents.about},
        settings=wandb.Settings(silent=True, console="off"),
    )
    for step, values in contents.by_step().items():
        run.log(values, step=int(step))
    if contents.rows:
        run.log({f"images/{label}": wandb.Image(strip) for label, strip in contents.rows})
    run.summary.update(contents.metrics)
    run.finish()
