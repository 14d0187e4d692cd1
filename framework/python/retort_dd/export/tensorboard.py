"""For TensorBoard: a run a result, with curves as scalars, settings and metrics as hyperparameters, images a class."""

import pathlib

from ..library import library
from .contents import Contents, folder_name


def write(results, folder):
    """`results`: {node: Result}; writes folder/NODE (a slash in its name is %2F), and returns the folder. Needs tensorboard."""
    library("tensorboard")
    writer_of = library("torch.utils.tensorboard", "tensorboard").SummaryWriter
    for node, result in results.items():
        contents = Contents(result)
        with writer_of(str(pathlib.Path(folder) / folder_name(node, result.key))) as writer:
            for name, points in contents.points.items():
                for step, value in points:
                    writer.add_scalar(name, value, step)
            writer.add_hparams(
                contents.settings, {f"metrics/{name}": value for name, value in contents.metrics.items()}, run_name="."
            )
            for label, strip in contents.rows:
                writer.add_image(f"images/{label}", strip, dataformats="HWC")
            writer.add_text("result", "\n\n".join(f"{name}: {value}" for name, value in contents.about.items()))
            for text in contents.warnings:
                writer.add_text("warnings", text)
    return folder
