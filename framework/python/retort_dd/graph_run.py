"""Running a graph with the command, and what came of it."""

import ctypes
import difflib
import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import warnings

from .call import ask, change_words, program, said
from .error import RetortError
from .graph_plan import only_words
from .graph_table import Table
from .progress import Progress, display
from .result import Result
from .store import Store

_LOOK = 0.2  # seconds between looks at the log
_BEGUN = re.compile(r"run (\S+): ")


def run(
    graph, set=None, sweep=None, only=None, store=None, device=None, add_seeds=0, slots=None, stop_at_failure=False, progress=None
):
    """Runs what a graph still lacks, and returns the Run.

    graph     a file
    set       {"node.parameter": value}: replaces values; seed, device and so on without a node
    sweep     {"node.parameter": [values]}: another axis, or other values of one
    only      a node or cell, {axis: value}, or a list of these
    store     a Store or its folder; default: the one the command takes
    device    "cpu" or "cuda" instead of the graph's own
    add_seeds, slots, stop_at_failure   as of `retort run`
    progress  True, False, or None: on a terminal and in a notebook

    Ctrl-C (or the notebook's stop) lets nodes stop at their next step and keeps finished work, a second one stops at once; then
    KeyboardInterrupt is raised. Throws RetortError with the command's message; its `run` is the Run, if there was one.
    """
    store = store if isinstance(store, Store) else Store(store)
    words = ["quickstart"] if graph is _QUICKSTART else ["run", os.fspath(graph)]
    words += change_words(set, sweep, device, add_seeds) + only_words(only)
    words += ["--slots", str(slots)] if slots is not None else []
    words += ["--stop-at-failure"] if stop_at_failure else []
    words += ["--pictures", "none"] if _writes_pictures(program()[0]) else []
    command = _Command([*words, "--store", str(store.root), "--json"])
    interrupted = _watch(command, store, display(progress))
    output = command.output()
    made = Run(store, json.loads(output)) if output.strip() else None
    if interrupted:
        raise KeyboardInterrupt
    if command.code != 0:
        error = RetortError(
            _failures(made) or said("".join(command.errors)) or f"retort run left with {command.code}", command.code
        )
        error.run = made
        raise error
    if command.remarks:
        warnings.warn(said("".join(command.remarks)), stacklevel=2)
    return made


def quickstart(**options):
    """Runs the graph that comes with Retort, as `retort quickstart` does, and returns the Run: SC-DD beside SRe2L on drawn icons,
    in minutes on two cores. A notebook shows its tables and its sheet of images.

    `options` and errors are those of `run`: `quickstart(set={"sre2l.iterations": 20, "sc_dd.iterations": 20})`. The graph is
    `quickstart().graph`.
    """
    return run(_QUICKSTART, **options)


_QUICKSTART = object()  # the command knows where its graph lies


@functools.lru_cache(maxsize=None)
def _writes_pictures(path):
    """Whether this command puts the pictures of a run into the working folder unless told not to. Here they are shown instead."""
    return "--pictures" in ask("run", "--help")


class _Command:
    """The command at work, in a session of its own: Ctrl-C reaches it through us alone, and once."""

    def __init__(self, words):
        path, environment = program()
        libc = ctypes.CDLL(None)
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [path, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=lambda: _end_with_parent(libc),
        )
        self.errors, self.run = [], None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self):
        for line in self._process.stderr:
            self.errors.append(line)
            if self.run is None and (begun := _BEGUN.match(line)):
                self.run = begun[1]

    def wait(self, seconds):
        """Whether it has ended."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._listener.join()
        self._process.stderr.close()
        return True

    def interrupt(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    @property
    def code(self):
        return self._process.returncode

    def output(self):
        """What it printed, once it has ended."""
        with self._output:
            self._output.seek(0)
            return self._output.read().decode("utf-8", "surrogateescape")

    @property
    def remarks(self):
        """What it said before the run began: warnings about the graph and the store."""
        begun = next((i for i, line in enumerate(self.errors) if _BEGUN.match(line)), len(self.errors))
        return self.errors[:begun]


def _end_with_parent(libc):
    """A kernel that is restarted leaves no run behind: Linux then interrupts it as Ctrl-C does."""
    libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _watch(command, store, shown):
    """Waits for its end; whether it was interrupted."""
    progress, interrupted, over = None, False, False
    while not over:
        try:
            over = command.wait(_LOOK)
            if progress is None and command.run:
                progress = Progress(store.root / "runs" / command.run / "events.jsonl")
            if progress is not None and progress.read():
                shown.show(progress)
        except KeyboardInterrupt:
            interrupted = True
            command.interrupt()
    shown.end()
    if progress is not None:
        progress.close()
    return interrupted


def _failures(made):
    if made is None:
        return ""
    failed = [
        f"{node['name']}: failed ({node['error']['kind']}): {node['error']['text']}" for node in made.nodes if "error" in node
    ]
    return "\n".join(failed)


class Run:
    """What a run gave. `run["node"]` is its Result (RetortError where it has none); `results` all of them.

    `id`; `status`: "done", "failed" or "cancelled"; `nodes`: [{"name", "type", "status", "seconds", "key"?, "error"?}];
    `tables`: [Table]; `warnings`: [(node, sentence)].
    """

    def __init__(self, store, outcome):
        self.store, self.id, self.status, self.nodes = store, outcome["run"], outcome["status"], outcome["nodes"]
        self.tables = [Table(json) for json in outcome["tables"]]
        self.warnings = [(one["node"], one["text"]) for one in outcome["warnings"]]

    @property
    def results(self):
        """{node: Result} of the nodes that have one."""
        return {node["name"]: Result(self.store, node["key"]) for node in self.nodes if node["status"] in ("hit", "done")}

    def __getitem__(self, node):
        results = self.results
        if node in results:
            return results[node]
        state = next((each["status"] for each in self.nodes if each["name"] == node), None)
        near = difflib.get_close_matches(node, results, 1)
        raise RetortError(
            f'"{node}" is {state} in this run'
            if state
            else f'this run has no node "{node}"' + (f'; did you mean "{near[0]}"?' if near else "")
        )

    def table(self, number=0, stat="mean"):
        """The DataFrame of a table of the graph; see Table.frame. Needs pandas."""
        if not 0 <= number < len(self.tables):
            raise RetortError(f"this run has {len(self.tables)} tables, there is no table {number}")
        return self.tables[number].frame(stat)

    @property
    def graph(self):
        """The file that it ran, a path. None for a run that had nothing to do in a store that cannot be written."""
        try:
            with (self.store.root / "runs" / self.id / "events.jsonl").open(encoding="utf-8") as log:
                event = json.loads(log.readline())
        except FileNotFoundError:
            return None
        return pathlib.Path(event["folder"], event["graph"])

    @property
    def pictures(self):
        """{node: Picture} of the nodes that drew one: `export.sheet`, `export.images`."""
        return {name: result.picture() for name, result in self._drawn()}

    def _drawn(self):
        """[(node, Result)]; a record says of all nodes of its type whether they draw."""
        types, draws = {node["name"]: node["type"] for node in self.nodes}, {}
        for name, result in self.results.items():
            if types[name] not in draws:
                draws[types[name]] = any(each.kind == "sheet" for each in result.outputs.values())
        return [(name, result) for name, result in self.results.items() if draws[types[name]] and result.has("sheet")]

    def report(self, path=None):
        """The page of this run; see Report."""
        from .graph_report import report

        return report(self.id, path, store=self.store)

    def to_tensorboard(self, folder):
        """A TensorBoard run a result that holds curves or metrics; see export/tensorboard.py."""
        from .export.tensorboard import write

        return write(self._measured(), folder)

    def to_wandb(self, folder):
        """An offline run of Weights & Biases each; see export/wandb.py."""
        from .export.wandb import write

        return write(self._measured(), folder)

    def to_mlflow(self, uri):
        """An MLflow run each; see export/mlflow.py for what `uri` may be."""
        from .export.mlflow import write

        return write(self._measured(), uri)

    def _measured(self):
        return {name: result for name, result in self.results.items() if result.has("curves", "metrics")}

    def __repr__(self):
        return f"<run {self.id}: {self.status}, {len(self.nodes)} nodes>"

    def _repr_html_(self):
        """Its tables, or its nodes where it has none, and the first pictures."""
        from .markup import lines

        parts = [each._repr_html_() for each in self.tables] or [self._nodes_html()]
        try:
            drawn = self._drawn()
            parts += [result.picture()._repr_html_() for _, result in drawn[:_MOST_PICTURES]]
            parts.append(lines([f'pictures["{name}"]' for name, _ in drawn[_MOST_PICTURES:]]))
        except RetortError as error:  # results that were removed meanwhile
            parts.append(lines([str(error)]))
        return "".join(parts)

    def _nodes_html(self):
        from .markup import lines, table

        rows = [[node["name"], node["type"], node["status"], f"{node['seconds']:.1f}"] for node in self.nodes]
        shown = table(
            ["node", "type", "status", "seconds"],
            rows[:_MOST_ROWS],
            more=len(rows) - _MOST_ROWS,
            title=f"run {self.id}: {self.status}",
        )
        return shown + lines([f"{node}: {text}" for node, text in self.warnings])


_MOST_ROWS, _MOST_PICTURES = 100, 2
