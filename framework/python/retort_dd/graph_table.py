"""The tables of a graph, as `retort table` makes them."""

from .call import ask_json, graph_words
from .library import library


def tables(
    graph,
    set=None,
    sweep=None,
    store=None,
    node=None,
    metric=None,
    rows=None,
    columns=None,
    baseline=None,
    best=None,
    confidence=None,
):
    """[Table] of the results that are there; nothing is run.

    Without `node` those that the graph asks for; else one of this node: `metric`, `rows`, `columns` lists of names, `baseline`
    {axis: value}, `best` "max" or "min", `confidence` of intervals (0.95). Throws RetortError with the command's words.
    """
    from .store import Store

    words = ["--store", str((store if isinstance(store, Store) else Store(store)).root)]
    for name in [metric] if isinstance(metric, str) else metric or []:
        words += ["--metric", name]
    for axis, value in (baseline or {}).items():
        words += ["--baseline", f"{axis}={value}"]
    for option, value in (
        ("--node", node),
        ("--rows", _listed(rows)),
        ("--columns", _listed(columns)),
        ("--best", best),
        ("--confidence", confidence),
    ):
        if value is not None:
            words += [option, str(value)]
    return [Table(json) for json in ask_json("table", *graph_words(graph, set, sweep), *words)]


def table(graph, number=0, stat="mean", **options):
    """The DataFrame of one table of a graph: `tables(graph, …)[number].frame(stat)`."""
    from .error import RetortError

    found = tables(graph, **options)
    if not 0 <= number < len(found):
        raise RetortError(f"{graph} has {len(found)} tables, there is no table {number}")
    return found[number].frame(stat)


class Table:
    """`title`; `labels`: names of the row labels; `columns`; `notes`, `warnings`: sentences; `json`: all of it.

    A cell holds `n`, `mean`, `std`, `low`, `high` (the interval of the mean), `difference` to the baseline with the same
    fields, `values` and `results` of its replicates.
    """

    def __init__(self, json):
        self.json, self.title, self.labels, self.columns = json, json["title"], json["labels"], json["columns"]
        self.notes, self.warnings = json.get("notes", []), json.get("warnings", {}).get("lines", [])

    def frame(self, stat="mean"):
        """A DataFrame: an index level a row label, a column a column of the table, NaN where there is no such number.

        `stat`: "mean", "std", "n", "low", "high", or "difference.mean" and so on. Needs pandas.
        """
        pandas = library("pandas")
        rows = [[_number(row["cells"].get(column, {}), stat) for column in self.columns] for row in self.json["rows"]]
        labels = [tuple(row["label"].get(name, "") for name in self.labels) for row in self.json["rows"]]
        index = (
            pandas.MultiIndex.from_tuples(labels, names=self.labels)
            if len(self.labels) > 1
            else pandas.Index([label[0] if label else "" for label in labels], name=self.labels[0] if self.labels else None)
        )
        frame = pandas.DataFrame(rows, index=index, columns=self.columns, dtype="float64")
        frame.attrs.update(title=self.title, notes=self.notes, warnings=self.warnings)
        return frame

    def long(self):
        """A DataFrame with a row a replicate: row labels, column, replicate, state, value, node, key. Needs pandas."""
        pandas = library("pandas")
        fields = ("replicate", "state", "value", "node", "key")
        return pandas.DataFrame(
            [
                {**row["label"], "column": column, **{field: one.get(field) for field in fields}}
                for row in self.json["rows"]
                for column in self.columns
                for one in row["cells"].get(column, {}).get("results", [])
            ],
            columns=[*self.labels, "column", *fields],
        )

    def __repr__(self):
        return f"<table \"{self.title}\": {len(self.json['rows'])} rows, {len(self.columns)} columns>"

    def _repr_html_(self):
        from .markup import lines, table

        decimals = dict(zip(self.columns, self.json.get("decimals", [])))
        rows = [
            [
                *(row["label"].get(name, "") for name in self.labels),
                *(_shown(row["cells"].get(column, {}), decimals.get(column)) for column in self.columns),
            ]
            for row in self.json["rows"]
        ]
        return table([*self.labels, *self.columns], rows, title=self.title) + lines([*self.notes, *self.warnings])


def _listed(names):
    return names if names is None or isinstance(names, str) else ",".join(names)


def _number(cell, stat):
    for part in stat.split("."):
        cell = cell.get(part) if isinstance(cell, dict) else None
    return cell


def _shown(cell, decimals):
    """ "51.2 ± 1.0, Δ +3.1 [1.0, 5.2]", or what is not there."""

    def digits(value):
        return f"{value:.{decimals}f}" if decimals is not None else f"{value:.4g}"

    states = [one["state"] for one in cell.get("results", [])]
    if "mean" not in cell:
        return ", ".join(sorted(set(states))) if any(state != "there" for state in states) else ""
    text = digits(cell["mean"]) + (f" ± {digits(cell['std'])}" if "std" in cell else "")
    if cell["n"] < cell["expected"]:
        text += f" (n={cell['n']} of {cell['expected']})"
    if "difference" in cell and "mean" in cell["difference"]:
        difference = cell["difference"]
        text += f", Δ {'' if difference['mean'] < 0 else '+'}{digits(difference['mean'])}"
        if "low" in difference:
            text += f" [{digits(difference['low'])}, {digits(difference['high'])}]"
    return text + (" *" if cell.get("best") else "")
