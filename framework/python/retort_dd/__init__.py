"""Retort: dataset-distillation experiments as JSON graphs of plugins, run by the command `retort`.

    import retort_dd as retort

    retort.quickstart()                    # the graph that comes with it
    run = retort.run("graph.json", set={"student.epochs": 20})
    run["images"].images().pixels          # torch.Tensor [N,3,H,W]
    retort.Store().result("graph.json", "images")

What each name does stands in its docstring; README.md of this package shows them. Nothing here computes a result: names,
tables and plans are what the command says, and every byte that is read is compared with its digest.
"""

import importlib
import pathlib

#: The folder with bin/, lib/ and share/ of this installation.
prefix = pathlib.Path(__file__).resolve().parent

# Each is imported when it is first asked for: the command starts through this package, and torch takes seconds.
_HOMES = {
    "Store": "store",
    "Result": "result",
    "Artifact": "artifact",
    "Images": "images",
    "EncodedImages": "encoded",
    "ImageDataset": "image_dataset",
    "Labels": "labels",
    "Picture": "picture",
    "Normalization": "normalization",
    "Run": "graph_run",
    "run": "graph_run",
    "quickstart": "graph_run",
    "Plan": "graph_plan",
    "plan": "graph_plan",
    "Table": "graph_table",
    "table": "graph_table",
    "tables": "graph_table",
    "Report": "graph_report",
    "report": "graph_report",
    "RetortError": "error",
    "DamagedError": "error",
    "MissingLibraryError": "error",
}
__all__ = [*_HOMES, "prefix"]


def __getattr__(name):
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("." + _HOMES[name], __name__), name)


def _version():
    import importlib.metadata

    try:
        return importlib.metadata.version("retort-dd")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def __dir__():
    return sorted({*globals(), *__all__})
