"""Which data sets there are, what a name stands for and which options it takes: told without reading a file."""

import inspect

from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.registry import DATASETS


def list_datasets(pattern="*"):
    """Return the sorted names of the data sets that match a shell-style pattern.

    Args:
        pattern: Shell-style pattern, such as "*faces".
    """
    return DATASETS.names(pattern)


def resolve(name):
    """Return the registered name and the options that `name` itself fixes: "tfds:mnist" fixes `dataset`."""
    prefix, _, dataset = name.partition(":")
    if prefix != "tfds":
        return name, {}
    if not dataset:
        raise UserError("`tfds` needs the name of a set of TensorFlow Datasets behind a colon: `tfds:mnist`.")
    return "tfds", {"dataset": dataset}


def dataset_options(name):
    """Return the options of a set beyond `data_dir` and `split`, as {name: default}, without reading any file."""
    registered, fixed = resolve(name)
    parameters = inspect.signature(DATASETS.get(registered)).parameters
    return {key: each.default for key, each in parameters.items() if key not in ("data_dir", "split", *fixed)}


def check_options(name, options):
    """Raise `UserError` with the nearest names where `options` holds one that the set `name` does not take."""
    known = dataset_options(name)
    for option in options:
        if option not in known:
            raise UserError(f"`{option}` is not an option of the data set `{name}`.{did_you_mean(option, known)}")
