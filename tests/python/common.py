"""What the scripts share: skipping, where things lie, running the command."""
import importlib
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("RETORT_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


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
