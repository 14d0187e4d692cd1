"""graphs/*/imagenet.json from end to end, on a few small JPEGs in ImageNet's layout: the data set stays encoded, and every node
that takes it reads it. Settings are made small; what is linked to what, and of which types, is as the graphs say."""
import json
import pathlib
import subprocess
import tarfile
import tempfile

from common import SOURCE, command, data, need_plugins

SMALL = {
    "dataset.imagenet": {"classes": 3, "image_size": 32, "resize": 36},
    "pretrain.ssl": {"epochs": 12, "batch": 8},
    "pretrain.supervised": {"epochs": 1, "batch": 8, "milestones": []},
    "probe.linear": {"epochs": 1, "batch": 8, "milestones": []},
    "recover": {"per_class": 2, "iterations": 2, "batch": 3, "groups_at_once": 1},
    "select.random": {"per_class": 2},
    "relabel.soft": {"epochs": 1, "batch": 4},
    "evaluate.student": {"epochs": 1, "batch": 4},
}
need_plugins("dataset.imagenet", "resnet18", "moco_v2", "bn_match", "cross_entropy", "crop", "flip", "roll", "export.images", *SMALL)
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_imagenet_"))


def write_pictures():
    """imagenet/{train,val}/WNID/*.JPEG: twelve and two of three classes."""
    counts = {}
    with tarfile.open(data("tiny-imagenet-20.tar")) as archive:
        for member in archive:
            parts = member.name.split("/")
            if parts[0] != "train" or not member.name.endswith(".JPEG") or (parts[1] not in counts and len(counts) == 3):
                continue
            number = counts[parts[1]] = counts.get(parts[1], 0) + 1
            if number <= 14:
                place = folder / "imagenet" / ("train" if number <= 12 else "val") / parts[1]
                place.mkdir(parents=True, exist_ok=True)
                (place / parts[-1]).write_bytes(archive.extractfile(member).read())


def without_refs(value, named):
    """`{"ref": "sre2l_imagenet_teacher"}` replaced by what it stands for."""
    if isinstance(value, list):
        return [without_refs(one, named) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"ref"}:
        return without_refs(named[value["ref"]], named)
    return {name: without_refs(one, named) for name, one in value.items()}


def read(path):
    """A graph with its protocols' values put in, and without its axis."""
    graph, named = json.loads(path.read_text()), {}
    for protocol in graph.pop("include"):
        named.update(json.loads((path.parent / protocol).read_text())["let"])
    graph.pop("sweep")
    return without_refs(graph, named)


def small(graph):
    graph["device"] = "cpu"
    for node in graph["nodes"].values():
        params = node.setdefault("params", {})
        wanted = SMALL.get(node["type"], {})
        params.update({name: value for name, value in wanted.items() if name in params or node["type"] != "relabel.soft"})
        if "network" in params:
            params["network"]["width"] = 4
        if node["type"] == "dataset.imagenet":
            assert params["stored"] == "encoded"
            params["path"] = str(folder / "imagenet")
        if node["type"] == "pretrain.ssl":
            params["method"].update({"queue": 32, "splits": 2, "dim": 8})
    return graph


write_pictures()
for name in ("sc_dd", "sre2l"):
    graph = folder / f"{name}.json"
    graph.write_text(json.dumps(small(read(SOURCE / "graphs" / name / "imagenet.json"))))
    done = subprocess.run([command(), "run", str(graph), "--plain", "--store", str(folder / "store")], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
    assert done.returncode == 0, done.stdout
    assert "random real images" in done.stdout, done.stdout
