"""Numbers that results hold: metrics, and curves over steps."""

import json

from .library import library


def metrics_of(artifact):
    """{name: float} of an artifact of kind metrics."""
    return {name: float(value) for name, value in json.loads(artifact.read("metrics.json")).items()}


def points_of(artifact):
    """{name: [(step, value)]} of an artifact of kind curves."""
    return {name: [(step, value) for step, value in points] for name, points in json.loads(artifact.read("curves.json")).items()}


def curves_of(artifact):
    """A DataFrame: a column a curve, a row a step (index `step`: the node's own count of epochs or iterations), NaN where a
    curve has no point."""
    pandas = library("pandas")
    series = {name: pandas.Series(dict(points), dtype="float64") for name, points in points_of(artifact).items()}
    frame = pandas.DataFrame(series).sort_index()
    frame.index.name = "step"
    return frame
