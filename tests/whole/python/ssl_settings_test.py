"""Every self-supervised setting with a name starts: its method, views, batch and queue fit each other, the optimiser takes its
values, and BatchNorm is warned of only where a published setting divides its batch too finely."""
import json
import pathlib
import re
import subprocess
import tempfile

from common import SOURCE, command, need_plugins

METHODS = ["barlow_twins", "byol", "dino", "moco_v2", "moco_v3", "simclr", "simsiam", "swav", "vicreg"]
need_plugins("pretrain.ssl", "dataset.shapes", "resnet18", *METHODS)
NAME = re.compile(r"(\w+)_(\d+)px_b(\d+)_e(\d+)")
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_settings_"))
protocols = sorted((SOURCE / "graphs" / "protocols" / "ssl").glob("*.json"))
assert protocols, "no settings are shipped"

names = {}
for path in protocols:
    lets = json.loads(path.read_text())["let"]
    for name, values in lets.items():
        if not (found := NAME.fullmatch(name)):
            continue
        assert name not in names, f"{name} stands in two files"
        names[name] = values = {**lets[values.get("ref", name)], **values}
        said = [values["method"]["type"], values["batch"], values["epochs"]]
        assert [found[1], int(found[3]), int(found[4])] == said, f"{path.name}: {name} sets {said}"
for method in METHODS:
    assert any(name.startswith(method + "_32px_") for name in names), f"no setting of {method} for 32 pixels has a name"

graph = {
    "retort": 1, "include": [str(path) for path in protocols], "let": {"setting": {"ref": next(iter(names))}},
    "nodes": {"data": {"type": "dataset.shapes", "params": {"classes": 2, "per_class": 300, "size": 32}},
              "encoder": {"type": "pretrain.ssl", "inputs": {"data": "data.train"},
                          "params": {"ref": "setting", "network": {"type": "resnet18", "width": 2}, "schedule_epochs": 1000}}},
    "sweep": {"axes": {"setting": {name: {"let.setting": {"ref": name}} for name in names}}}}
(folder / "graph.json").write_text(json.dumps(graph))


def retort(*words):
    done = subprocess.run([command(), *words, "--store", str(folder / "store")], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=250)
    assert done.returncode == 0, f"retort {words}:\n{done.stdout}"
    return done.stdout


said = retort("run", str(folder / "graph.json"), "--plain", "--set", "encoder.epochs=0")
warned = {line.split(":")[0] for line in said.splitlines() if line.startswith("encoder{") and ": warning: BatchNorm takes" in line}
assert warned == {"encoder{setting=moco_v2_32px_b128_e200}"}, f"lightly's 8 splits of 128 images, no other: {warned}\n{said}"
