"""Which data sets there are, what a name stands for and which options it takes: told without reading a file."""

import re

from keras_facegan.arguments import Parameter, check_value, parameters
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.registry import DATASETS

# A set, and where it has several configurations or versions, one of them.
_TFDS_NAME = re.compile(r"\w+(/[\w.-]+)?(:[\w.*]+)?")


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
    if not _TFDS_NAME.fullmatch(dataset):
        raise UserError(
            f"`tfds` needs the name of a set of TensorFlow Datasets behind a colon: `tfds:mnist`, got `{name}`."
        )
    return "tfds", {"dataset": dataset}


def dataset_options(name: str) -> dict[str, Parameter]:
    """Return the options of a set beyond `data_dir` and `split`, without reading any file."""
    registered, fixed = resolve(name)
    known = parameters(DATASETS.get(registered))
    return {key: parameter for key, parameter in known.items() if key not in ("data_dir", "split", *fixed)}


def declared_extractor(name: str) -> str | None:
    """Return the network of the zoo that fits what a set shows, without reading any file; None where it is not known.

    Args:
        name: Name of the set, such as "cats" or "tfds:mnist".
    """
    registered, fixed = resolve(name)
    declared = DATASETS.entry(registered).about.get("extractor")
    # One builder of many sets declares a table by their names, without configuration and version.
    return declared.get(re.split("[/:]", fixed["dataset"])[0]) if isinstance(declared, dict) else declared


def check_options(name: str, options: dict):
    """Raise `UserError` where an option is none of the set `name`, or is not what its annotation says."""
    known = dataset_options(name)
    for option, value in options.items():
        if option not in known:
            raise UserError(f"`{option}` is not an option of the data set `{name}`.{did_you_mean(option, known)}")
        check_value(f"data.{option}", value, known[option].kind)
