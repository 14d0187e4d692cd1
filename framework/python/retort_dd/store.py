"""A store of results: where it is, and what lies in it."""

import json
import os
import pathlib

from .call import ask_json, graph_words
from .error import RetortError
from .record import is_key, place, read_record
from .result import Result


def default_root():
    """$RETORT_STORE, else the nearest .retort/ upward, else the user's data folder: where the command looks too."""
    if root := os.environ.get("RETORT_STORE"):
        return pathlib.Path(root)
    here = pathlib.Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".retort").is_dir():
            return folder / ".retort"
    data = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local" / "share"
    return pathlib.Path(data) / "retort" / "store"


class Store:
    """`Store()` is the one the command would take here; `Store(path)` another. It may be made by the first run."""

    def __init__(self, path=None):
        self.root = pathlib.Path(os.path.abspath(path if path is not None else default_root()))

    def result(self, *name):
        """`result(graph, node)`: what the node has in the newest run of that graph; `result(name)`: a node, RUN/NODE or a key.

        The command says what a name means. Throws RetortError with its words: unknown names (with the nearest), a node
        without a result, a name that may mean several.
        """
        if len(name) == 1 and is_key(name[0]):
            return Result(self, name[0])
        self._must_be_there()
        return Result(self, ask_json("show", *map(os.fspath, name), "--store", str(self.root))["key"])

    def results(self):
        """All results, the newest first: a list of Result."""
        self._must_be_there()
        return ResultList(Result(self, line["key"]) for line in ask_json("ls", "--store", str(self.root)))

    def nodes(self, graph, set=None):
        """{node: Result} of the nodes of a graph, as a plan made now finds them; None for one without a result."""
        self._must_be_there()
        lines = ask_json("ls", *graph_words(graph, set), "--store", str(self.root))
        return {line["name"]: Result(self, line["key"]) if line["state"] == "hit" else None for line in lines}

    def record(self, key):
        """The record of a key as JSON, verified. Throws RetortError if there is none, DamagedError."""
        for root in self.roots:
            path = root / "results" / place(key)
            if path.is_file():
                return read_record(path, key)
        raise RetortError(f"{self.root} has no result {key}")

    @property
    def roots(self):
        """This store's folder and those of its parents, in the order in which they are asked."""
        parents = filter(None, os.environ.get("RETORT_PARENT_STORES", "").split(":"))
        return [self.root, *map(pathlib.Path, parents), *self._settings_parents()]

    def _settings_parents(self):
        file = self.root / "settings.json"
        try:
            return [self.root / parent for parent in json.loads(file.read_text("utf-8")).get("parents", [])]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError, AttributeError) as error:
            raise RetortError(f"{file} cannot be read: {error}") from error

    def _must_be_there(self):
        if not (self.root / "format").is_file():
            raise RetortError(f"there is no store in {self.root}: run a graph first, set RETORT_STORE, or name its folder")

    def __eq__(self, other):
        return isinstance(other, Store) and self.root == other.root

    def __hash__(self):
        return hash(self.root)

    def __repr__(self):
        return f"Store({str(self.root)!r})"


class ResultList(list):
    """Results, shown as a table."""

    def _repr_html_(self):
        from .markup import table

        return table(
            ["key", "type", "node", "made", "seconds"],
            [
                [each.key[:12], each.type, each.node, each.about.get("created", ""), f"{each.about.get('seconds', 0):.1f}"]
                for each in self[:_MOST_ROWS]
            ],
            more=len(self) - _MOST_ROWS,
        )


_MOST_ROWS = 100
