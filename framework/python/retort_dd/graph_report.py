"""The page of a graph or a run, as `retort report` writes it."""

import pathlib
import tempfile
from html import escape

from .call import ask, graph_words
from .store import Store

_LARGEST = 2 << 20  # bytes of a page that goes into a notebook


def report(graph, path=None, set=None, sweep=None, store=None):
    """The Report of a graph, or of a run by its id. `path`: the file to write; without one it is shown and kept nowhere.

    Throws RetortError, also if `path` is a file of another kind.
    """
    store = store if isinstance(store, Store) else Store(store)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(path) if path is not None else pathlib.Path(folder) / "report.html"
        ask("report", *graph_words(graph, set, sweep), "--store", str(store.root), "-o", str(file))
        return Report(file.read_text("utf-8"), path)


class Report:
    """`html`: a page that needs nothing else; `path`: where it was written, or None."""

    def __init__(self, html, path=None):
        self.html, self.path = html, path

    def __repr__(self):
        return f"<report, {len(self.html)} bytes{f', in {self.path}' if self.path else ''}>"

    def _repr_html_(self):
        """The page in a frame of its own, which reaches neither the notebook nor the network; a large one is only named."""
        if len(self.html) > _LARGEST:
            where = f"it is in {self.path}" if self.path else "give it a path and open the file"
            return f"<p>The report has {len(self.html) >> 20} MiB: {escape(str(where))}.</p>"
        return (
            f'<iframe sandbox="allow-scripts" style="width:100%;height:600px;border:1px solid #888" '
            f'srcdoc="{escape(self.html)}"></iframe>'
        )
