"""Pictures with their labels: named data sets, decoded once, sampled and augmented as a function of (seed, step)."""

import importlib

from keras_facegan.registry import DATASETS

_HOMES = {
    "Examples": "pipeline",
    "dataset_options": "options",
    "load_dataset": "pipeline",
    "open_dataset": "pipeline",
}

__all__ = sorted([*_HOMES, "list_datasets"])


def list_datasets(pattern="*"):
    """Return the sorted names of the data sets that match a shell-style pattern.

    Args:
        pattern: Shell-style pattern, such as "*faces".
    """
    return DATASETS.names(pattern)


def __getattr__(name):
    # Import on first use: listing data sets must not wait for TensorFlow.
    if name in _HOMES:
        return getattr(importlib.import_module(f"keras_facegan.data.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
