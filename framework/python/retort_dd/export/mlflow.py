"""For MLflow: a run a result, with settings as parameters, curves and metrics as metrics, images and settings as artifacts."""

import json
import pathlib
import re
import tempfile

from ..library import library
from ..picture import png
from .contents import Contents, folder_name

_LONGEST = 500  # characters of a parameter


def write(results, uri, experiment="retort"):
    """`results`: {node: Result}; `uri`: "sqlite:///FILE" (mlflow, not mlflow-skinny), a server's, or "file:FOLDER" (from mlflow
    3.17 on only with MLFLOW_ALLOW_FILE_STORE=true in the environment). Returns [id of each run]. Needs mlflow or mlflow-skinny."""
    library("mlflow")
    client = library("mlflow.tracking", "mlflow").MlflowClient(tracking_uri=str(uri))
    found = client.get_experiment_by_name(experiment)
    place = found.experiment_id if found else client.create_experiment(experiment)
    return [_write(client, place, node, result) for node, result in results.items()]


def _write(client, place, node, result):
    contents = Contents(result)
    run = client.create_run(
        place, run_name=node, tags={f"retort.{name}": value for name, value in contents.about.items()}
    ).info.run_id
    for path, value in contents.settings.items():
        client.log_param(run, _name(path), str(value)[:_LONGEST])
    for name, points in contents.points.items():
        for step, value in points:
            client.log_metric(run, _name(name), value, step=int(step))
    for name, value in contents.metrics.items():
        client.log_metric(run, _name(f"result/{name}"), value)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "settings.json").write_text(json.dumps(contents.settings, indent=1, ensure_ascii=False), "utf-8")
        for label, strip in contents.rows:
            (pathlib.Path(folder) / (folder_name(label, result.key) + ".png")).write_bytes(png(strip))
        client.log_artifacts(run, folder)
    client.set_terminated(run)
    return run


def _name(text):
    """MLflow allows letters, digits and a few signs: losses[0].weight is losses.0.weight."""
    return re.sub(r"[^\w/. :-]", "_", re.sub(r"\[(\d+)\]", r".\1", text))
