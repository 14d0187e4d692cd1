"""A longer training goes on from the kept end of a shorter one of the same horizon: 3 epochs, then 6, equal 6 at once, bit for
bit; and its page shows all six."""
import json
import pathlib
import subprocess
import sys
import tempfile

from common import SOURCE, command, keys_of, need_plugins

sys.path.insert(0, str(SOURCE / "tests" / "framework" / "report"))
from shop import Page  # noqa: E402

TRAININGS = {
    "supervised": {"type": "pretrain.supervised"},
    "byol": {"type": "pretrain.ssl", "method": {"type": "byol", "hidden": 16, "dim": 8}},
    "moco_v2": {"type": "pretrain.ssl", "method": {"type": "moco_v2", "queue": 96, "splits": 4, "dim": 16}},
}
need_plugins("pretrain.ssl", "pretrain.supervised", "dataset.shapes", "resnet18", "byol", "moco_v2")
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_longer_"))


def train(store, epochs):
    """The digests of every output, and what the run said of each training."""
    nodes = {"data": {"type": "dataset.shapes", "params": {"classes": 3, "per_class": 24, "size": 16}}}
    for name, each in TRAININGS.items():
        more = {"method": each["method"], "online_probe": 0.1} if "method" in each else {}
        nodes[name] = {"type": each["type"], "inputs": {"data": "data.train", "val": "data.train"}, "params": {
            "network": {"type": "resnet18", "width": 4}, "epochs": epochs, "schedule_epochs": 6, "batch": 24, "lr": 0.05,
            "check_every": 4, **more}}
    graph = folder / "graph.json"
    graph.write_text(json.dumps({"retort": 1, "title": "longer", "nodes": nodes}))
    subprocess.run([command(), "run", str(graph), "--plain", "--store", str(folder / store)], check=True, timeout=250,
                   stdout=subprocess.DEVNULL)
    names, found = keys_of(folder / store), {}
    for name in TRAININGS:
        key = names[name]
        outputs = json.loads((folder / store / "results" / key[:2] / key).read_text().split("\n", 1)[0])["outputs"]
        found[name] = {port: output["digest"] for port, output in outputs.items()}
    newest = sorted((folder / store / "runs").iterdir())[-1]
    epochs_done = {name: {} for name in TRAININGS}
    for line in (newest / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "metric" and event["name"] == "loss" and event["node"] in TRAININGS:
            epochs_done[event["node"]][event["step"]] = event["value"]
    return found, {name: sorted(each) for name, each in epochs_done.items()}


_, done = train("longer", 3)
assert all(each == [1, 2, 3] for each in done.values()), done
longer, done = train("longer", 6)
assert all(each == [4, 5, 6] for each in done.values()), f"the first three epochs were computed again: {done}"
whole, _ = train("whole", 6)
assert longer == whole, f"{longer}\n{whole}"

subprocess.run([command(), "report", str(folder / "graph.json"), "--store", str(folder / "longer"), "-o", str(folder / "r.html")],
               check=True, stdout=subprocess.DEVNULL)
page = Page((folder / "r.html").read_text())
names = page.part("data")["name"]
losses = next(metric["curves"] for metric in page.part("curves") if metric["name"] == "loss")
shown = {names[curve[0]]: curve[1::2] for curve in losses}
assert shown == {name: [1, 2, 3, 4, 5, 6] for name in TRAININGS}, shown
