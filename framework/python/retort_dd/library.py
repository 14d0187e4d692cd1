"""Libraries that only some users want: imported when what needs them is called."""

import importlib

from .error import MissingLibraryError, RetortError


def library(module, package=None):
    """The module of this name. Throws MissingLibraryError naming the package that pip installs; RetortError for one that is
    there and does not work."""
    name = module.split(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingLibraryError(f"this needs the library {name}: pip install {package or name} ({error})") from error
    except (RuntimeError, OSError) as error:  # such as a torchvision that was built for another torch
        raise RetortError(f"the library {name} is installed, but cannot be imported: {error}") from error
