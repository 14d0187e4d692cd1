"""What the scripts share: skipping, where things lie, running the command."""
import importlib
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("RETORT_SOURCE", pathlib.Path(__file__).resolve().parents[3]))


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def need(*modules):
    """Imports modules by name; the whole script is skipped if one is missing."""
    loaded = []
    for name in modules:
        try:
            loaded.append(importlib.import_module(name))
        except ImportError:
            skip(f"{sys.executable} has no module {name}")
    return loaded[0] if len(loaded) == 1 else loaded


def data(name):
    """A file of the shared data; the script is skipped if it is not there."""
    place = pathlib.Path(os.environ.get("RETORT_DATA", SOURCE.parent / "shared" / "data")) / name
    if not place.exists():
        skip(f"there is no {place}; set RETORT_DATA")
    return place


def tool(variable):
    """A program named by an environment variable."""
    place = os.environ.get(variable, "")
    if not pathlib.Path(place).is_file():
        skip(f"{variable} names no program")
    return place


def command():
    """The command `retort`, built."""
    place = pathlib.Path(os.environ.get("RETORT_BIN", "")) / "retort"
    if not place.is_file():
        skip("the command retort is not built")
    return str(place)


def need_plugins(*types):
    """Skips unless the plugins of these type names are built."""
    built = set()
    for folder in os.environ.get("RETORT_PLUGIN_PATH", "").split(":"):
        for manifest in pathlib.Path(folder).glob("*.json") if folder else []:
            built.add(json.loads(manifest.read_text()).get("type"))
    missing = [name for name in types if name not in built]
    if missing:
        skip("plugins not built: " + ", ".join(missing))


def run_graph(folder, nodes, **more):
    """Writes a graph of these nodes into `folder`, runs it with a store there, and returns what the command printed."""
    graph = pathlib.Path(folder) / "graph.json"
    graph.write_text(json.dumps({"retort": 1, "title": "test", "nodes": nodes, **more}))
    done = subprocess.run([command(), "run", str(graph), "--store", str(pathlib.Path(folder) / "store")], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
    if done.returncode != 0:
        raise AssertionError(f"retort run left with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Artifact:
    """One output of a result, as it lies in the store."""

    def __init__(self, store, output):
        self.kind, self.meta = output["kind"], output["meta"]
        self._store, self._files = store, {file["name"]: file for file in output["files"]}

    def names(self):
        return sorted(self._files)

    def read(self, name):
        file = self._files[name]
        if "text" in file:
            return file["text"].encode()
        return (self._store / "objects" / file["sha256"][:2] / file["sha256"]).read_bytes()

    def unpack(self, folder):
        for name in self.names():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(name))
        return pathlib.Path(folder)


def artifacts(folder, node_type):
    """[{output: Artifact}] of the results of this type in the store of run_graph."""
    store = pathlib.Path(folder) / "store"
    found = []
    for path in sorted(store.glob("results/*/*")):
        record = json.loads(path.read_text().split("\n", 1)[0])
        if record["type"] == node_type:
            found.append({name: Artifact(store, output) for name, output in record["outputs"].items()})
    return found


def keys_of(store):
    """{node: key of its newest result} of the one graph that a store knows. The file ends with a seal."""
    text = next((store / "names").glob("*.json")).read_text()
    return json.JSONDecoder().raw_decode(text)[0]["nodes"]


CLASSES = ["acorn", "maple tree", "ray"]


def make_pictures(folder):
    """Writes folder/pictures/CLASS/N.png, smooth colours, 4 of each class; returns a node that reads them, their labels and their pixels
    [N,32,32,3] in the order of an ImageFolder."""
    numpy, image = need("numpy", "PIL.Image")
    random = numpy.random.default_rng(3)
    labels, pixels = [], []
    for label, name in enumerate(CLASSES):
        place = pathlib.Path(folder) / "pictures" / name
        place.mkdir(parents=True)
        for number in range(4):
            small = image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=numpy.uint8))
            picture = small.resize((32, 32), image.Resampling.BICUBIC)
            picture.save(place / f"{number}.png")
            labels.append(label)
            pixels.append(numpy.asarray(picture))
    node = {"type": "dataset.image_folder", "params": {"path": str(pathlib.Path(folder) / "pictures"), "image_size": 32}}
    return node, numpy.array(labels), numpy.stack(pixels)
