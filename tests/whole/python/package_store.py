"""A small store for the tests of the Python package: what a graph with every kind of result leaves."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

import common

PLUGINS = (
    "dataset.shapes",
    "dataset.image_folder",
    "pretrain.supervised",
    "recover",
    "relabel.soft",
    "relabel.hard",
    "distill.dm",
    "evaluate.student",
    "select.random",
    "convnet",
    "resnet18",
)

NETWORK = {"type": "resnet18", "width": 4}
NODES = {
    "data": {"type": "dataset.shapes", "params": {"classes": 3, "per_class": 8, "test_per_class": 16, "size": 16}},
    "teacher": {
        "type": "pretrain.supervised",
        "inputs": {"data": "data.train"},
        "params": {"network": NETWORK, "epochs": 2, "batch": 8},
    },
    "images": {"type": "recover", "inputs": {"teachers": ["teacher"]}, "params": {"per_class": 2, "iterations": 3}},
    "learned": {
        "type": "distill.dm",
        "inputs": {"data": "data.train"},
        "params": {"per_class": 1, "iterations": 1, "network": {"type": "convnet", "depth": 2, "width": 8}},
    },
    "soft": {"type": "relabel.soft", "inputs": {"teachers": ["teacher"], "images": "images"}, "params": {"form": "image"}},
    "replayed": {
        "type": "relabel.soft",
        "inputs": {"teachers": ["teacher"], "images": "images"},
        "params": {"form": "replay", "epochs": 2, "batch": 4},
    },
    "asked": {"type": "relabel.soft", "inputs": {"teachers": ["teacher"]}},
    "hard": {"type": "relabel.hard"},
    "score": {
        "type": "evaluate.student",
        "inputs": {"images": "images", "labels": "soft", "test": "data.test"},
        "params": {"network": NETWORK, "epochs": 2, "batch": 4, "test_every": 1},
    },
}
SWEEP = {"axes": {"lr/ä <b>": {"path": "score.lr", "values": [0.001, 0.1]}}, "replicate": {"seed": [0, 1], "nodes": ["score"]}}
TABLES = [{"title": "<i>Accuracy</i>", "node": "score", "metrics": ["accuracy_last"], "rows": ["lr/ä <b>"], "columns": []}]


def package(*plugins):
    """The package from the source tree, asking the command that was built. Skips the script where that cannot be, or these plugins
    are missing."""
    command = pathlib.Path(common.command())
    common.need("numpy", "torch", "safetensors.torch")
    common.need_plugins(*PLUGINS, *plugins)
    os.environ["PATH"] = f"{command.parent}:{os.environ['PATH']}"
    sys.path.insert(0, str(common.SOURCE / "framework" / "python"))
    for name in ("RETORT_STORE", "RETORT_PARENT_STORES"):
        os.environ.pop(name, None)
    import retort_dd

    return retort_dd


def torchvision():
    """Skips a test where torchvision cannot be had, also beside a torch that it was not built for."""
    sys.path.insert(0, str(common.SOURCE / "tests" / "whole" / "peers"))
    from networks import import_torchvision

    try:
        return import_torchvision()
    except ImportError:
        raise unittest.SkipTest("there is no torchvision")


def wanted(*modules):
    """Skips a test where an optional library is missing."""
    import importlib

    try:
        return [importlib.import_module(name) for name in modules][-1]
    except ImportError as error:
        raise unittest.SkipTest(f"there is no {error.name or modules[-1]}")


class WithStore(unittest.TestCase):
    """`folder`, `graph` (a file) and `store`: made once for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        import retort_dd

        cls.retort = retort_dd
        cls.temporary = tempfile.TemporaryDirectory(prefix="retort ä ")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.graph = cls.folder / "graph.json"
        cls.graph.write_text(
            json.dumps({"retort": 1, "title": "tiny | <graph>", "threads": 1, **cls.parts()})
        )
        cls.store = cls.retort.Store(cls.folder / "store")
        cls.made = cls.retort.run(cls.graph, store=cls.store)

    @classmethod
    def parts(cls):
        """Of the graph."""
        return {"nodes": NODES, "sweep": SWEEP, "tables": TABLES}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def result_of(self, node):
        return self.store.result(self.graph, node)

    def raw(self, key):
        """The record of a key, read with nothing of the package."""
        text = (self.store.root / "results" / key[:2] / key).read_text("utf-8")
        return json.loads(text.split("\n")[0])

    def graph_of(self, name, nodes, **more):
        file = self.folder / name
        file.write_text(json.dumps({"retort": 1, "threads": 1, "nodes": nodes, **more}))
        return file
