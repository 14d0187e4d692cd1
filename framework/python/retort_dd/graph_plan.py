"""What a graph would run, as `retort plan` says."""

from .call import ask_json, graph_words
from .library import library
from .store import Store

_STATES = ("hit", "run", "maybe", "not needed")
_MOST_ROWS = 100


def plan(graph, set=None, sweep=None, only=None, store=None, device=None, add_seeds=0):
    """The Plan of a graph; nothing is run. The arguments are those of `run`. Throws RetortError with every mistake of the graph."""
    store = store if isinstance(store, Store) else Store(store)
    return Plan(
        ask_json("plan", *graph_words(graph, set, sweep, device, add_seeds), *only_words(only), "--store", str(store.root))
    )


def only_words(only):
    """The words for `only`: a node or cell ("images", "lr=0.1,seed=0"), {axis: value}, or a list of these."""
    words = []
    for one in only if isinstance(only, (list, tuple)) else [only] if only else []:
        words += ["--only", ",".join(f"{axis}={value}" for axis, value in one.items()) if isinstance(one, dict) else one]
    return words


class Plan:
    """`counts`: {"hit", "run", "maybe", "not needed": how many nodes}; `seconds`: {device class: predicted}; `bytes` to store;
    `nodes`: [{"name", "type", "state", "reasons", "key"}]."""

    def __init__(self, json):
        self.json, self.nodes, self.seconds, self.bytes = json, json["nodes"], json["seconds"], json["bytes"]
        self.counts = {state: json[state] for state in _STATES}

    def frame(self):
        """A DataFrame: a row a node. Needs pandas."""
        rows = [[node["name"], node["type"], node["state"], self._why(node), node.get("key")] for node in self.nodes]
        return library("pandas").DataFrame(rows, columns=["node", "type", "state", "why", "key"])

    @staticmethod
    def _why(node):
        return "; ".join(
            reason if isinstance(reason, str) else reason.get("text", str(reason)) for reason in node.get("reasons", [])
        )

    def __repr__(self):
        return "<plan: " + ", ".join(f"{count} {state}" for state, count in self.counts.items() if count) + ">"

    def _repr_html_(self):
        from .markup import table

        rows = [[node["name"], node["type"], node["state"], self._why(node)] for node in self.nodes]
        title = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        return table(["node", "type", "state", "why"], rows[:_MOST_ROWS], more=len(rows) - _MOST_ROWS, title=title)
