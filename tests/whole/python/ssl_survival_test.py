"""Every self-supervised method, killed with its workers at random moments and run again: the encoders are bit for bit those of
a run nobody disturbed.  ssl_survival_test.py [KILLS]"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from common import command, keys_of, need_plugins

METHODS = {
    "moco_v2": {"queue": 96, "splits": 4, "dim": 16}, "moco_v3": {"hidden": 32, "dim": 16},
    "simclr": {"hidden": 32, "dim": 16}, "byol": {"hidden": 32, "dim": 16}, "simsiam": {"hidden": 32, "bottleneck": 8},
    "barlow_twins": {"hidden": 32, "dim": 32}, "vicreg": {"hidden": 32, "dim": 32},
    "swav": {"hidden": 32, "dim": 16, "prototypes": 20, "queue": 48, "queue_epoch": 1},
    "dino": {"hidden": 32, "bottleneck": 16, "outputs": 40},
}
need_plugins("pretrain.ssl", "dataset.shapes", "resnet18", *METHODS)
kills = int(sys.argv[1]) if len(sys.argv) > 1 else 4
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_ssl_survival_"))


def graph():
    nodes = {"data": {"type": "dataset.shapes", "params": {"classes": 3, "per_class": 40, "size": 16}}}
    for name, params in METHODS.items():
        nodes[name] = {"type": "pretrain.ssl", "inputs": {"data": "data.train"}, "params": {
            "network": {"type": "resnet18", "width": 4}, "method": {"type": name, **params}, "epochs": 8, "batch": 24,
            "lr": 0.05, "online_probe": 0.1, "check_every": 4, "checkpoint_seconds": 0}}
    place = folder / "graph.json"
    place.write_text(json.dumps({"retort": 1, "title": "survival", "nodes": nodes}))
    return place


def start(store):
    return subprocess.Popen([command(), "run", str(graph()), "--plain", "--store", str(folder / store)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def encoders(store):
    names = keys_of(folder / store)
    found = {}
    for method in METHODS:
        key = names[method]
        outputs = json.loads((folder / store / "results" / key[:2] / key).read_text().split("\n", 1)[0])["outputs"]
        found[method] = {port: output["digest"] for port, output in outputs.items()}
    return found


def saves():
    try:
        return set((folder / "killed" / "checkpoints").rglob("*.save"))
    except FileNotFoundError:  # a folder that went while it was looked through
        return set()


assert start("whole").wait(timeout=250) == 0
chance = random.Random(time.time_ns())
resumed = 0
for _ in range(kills):
    before = saves()
    run = start("killed")
    while run.poll() is None and not saves() - before:  # however fast this machine is: a checkpoint is there
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.1))
    if run.poll() is not None:
        break
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    resumed += bool(saves())
assert start("killed").wait(timeout=250) == 0
expected, found = encoders("whole"), encoders("killed")
for method in METHODS:
    assert expected[method] == found[method], f"{method}: {expected[method]} and after kills {found[method]}"
print(f"{len(METHODS)} methods, {kills} kills, {resumed} with checkpoints left behind: equal bytes")
assert resumed > 0, "no kill fell between two checkpoints: nothing was shown"
