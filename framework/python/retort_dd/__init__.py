"""Retort: dataset-distillation experiments as JSON graphs of plugins. The work is done by the command `retort`."""
import importlib.metadata
import pathlib

__version__ = importlib.metadata.version("retort-dd")

#: The folder with bin/, lib/ and share/ of this installation.
prefix = pathlib.Path(__file__).resolve().parent
