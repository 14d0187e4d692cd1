"""How far a run is: what its log says, shown on a terminal or in a notebook while it goes on."""

import collections
import json
import sys
from html import escape

_OVER = ("hit", "done", "failed", "skipped", "cancelled", "not needed")
_MOST_NAMES = 3


class Progress:
    """The fold over `runs/ID/events.jsonl` (framework/docs/formats.md, *Events*) that a line of text needs."""

    def __init__(self, file):
        self._file, self._stream, self._rest = file, None, b""
        self.status, self.fraction = {}, {}

    def read(self):
        """Takes in what was written since the last time; whether there was anything."""
        if self._stream is None:
            if not self._file.is_file():
                return False
            self._stream = self._file.open("rb")
        *lines, self._rest = (self._rest + self._stream.read()).split(b"\n")
        for line in lines:
            self._take(line)
        return bool(lines)

    def close(self):
        if self._stream is not None:
            self._stream.close()

    def _take(self, line):
        try:
            event = json.loads(line)
        except ValueError:  # a damaged line: the others say enough
            return
        kind = event.get("ev")
        if kind in ("run", "nodes"):
            self.status.update((node["name"], node["status"]) for node in event.get("nodes", []))
        elif kind == "node":
            self.status[event["node"]] = event["status"]
            self.fraction.pop(event["node"], None)
        elif kind == "progress" and event.get("total"):
            self.fraction[event["node"]] = event["done"] / event["total"]

    @property
    def done(self):
        """The share of nodes that are over, those that run by what they say of themselves: 0…1."""
        whole = sum(status in _OVER for status in self.status.values())
        return (whole + sum(self.fraction.values())) / max(1, len(self.status))

    @property
    def text(self):
        """Such as: 12 of 30 nodes; teacher 45 %, recover; 1 failed."""
        counts = collections.Counter(self.status.values())
        parts = [f"{sum(counts[status] for status in _OVER)} of {len(self.status)} nodes"]
        running = [name for name, status in self.status.items() if status == "running"]
        names = [
            name + (f" {100 * self.fraction[name]:.0f} %" if name in self.fraction else "") for name in running[:_MOST_NAMES]
        ]
        if names:
            parts.append(", ".join(names) + (f" and {len(running) - _MOST_NAMES} more" if len(running) > _MOST_NAMES else ""))
        if counts["failed"]:
            parts.append(f"{counts['failed']} failed")
        return "; ".join(parts)


def display(wanted=None):
    """Where progress is shown: a notebook, a terminal, or (also for `wanted` False) nowhere."""
    if wanted is False:
        return _Nowhere()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and hasattr(shell, "kernel"):
        return _Notebook()
    return _Terminal() if wanted or sys.stderr.isatty() else _Nowhere()


class _Nowhere:
    def show(self, progress):
        pass

    def end(self):
        pass


class _Terminal:
    """One line of error output that is written over, and taken away at the end."""

    def show(self, progress):
        import shutil

        text = "".join(c if c.isprintable() else "?" for c in progress.text)
        sys.stderr.write("\r\x1b[K" + text[: shutil.get_terminal_size().columns - 1])
        sys.stderr.flush()

    def end(self):
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class _Notebook:
    def __init__(self):
        from IPython.display import HTML, display

        self._html, self._handle = HTML, display(HTML(""), display_id=True)

    def show(self, progress):
        self._handle.update(self._html(f'<progress value="{progress.done:.3f}"></progress> {escape(progress.text)}'))

    def end(self):
        self._handle.update(self._html(""))
