"""List models, presets, data sets and weights, or what pictures of a model can be asked to show.

usage: facegan list
       facegan list --conditions cgan/mnist_32
"""

import textwrap

from absl import flags
from rich.table import Table

from keras_facegan.abilities import Decodes, Generates, can
from keras_facegan.cli._flags import Flags
from keras_facegan.console import plain_console
from keras_facegan.presets import create_model, list_models, preset_names, zoo_file
from keras_facegan.registry import DATASETS


def main(argv):
    """Print what there is. Without a flag it reads the zoo's files only, so that it takes no time."""
    values = Flags(__doc__)
    usage = "A model, one of its presets, or weights, such as cgan/mnist_32: list its conditions and their values."
    flags.DEFINE_string("conditions", None, usage, flag_values=values)
    values.parse(argv)
    if values.conditions is not None:
        return _conditions(values.conditions)
    table = Table("model", "presets", "weights", box=None, pad_edge=False)
    for model in list_models():
        table.add_row(model, " ".join(preset_names(model)), " ".join(zoo_file(model).get("weights", {})))
    console = plain_console()
    console.print(table)
    console.print(f"\ndata sets: {' '.join(DATASETS.names())}")
    return 0


def _conditions(name):
    """Print the conditions of a model as the command line takes them."""
    model, _, preset = name.partition("/")
    cards = zoo_file(model).get("weights", {})
    # Weights are of the preset of their name, unless their card says another.
    built = create_model(model, preset=cards.get(preset, {}).get("preset", preset or "default"))
    if not isinstance(built, Decodes) or not built.conditions:
        print(f"{name} draws pictures on no condition." if can(built, Generates) else f"{name} draws no pictures.")
        return 0
    for condition in built.conditions:
        ways = ", ".join(f"--{flag}" for flag in condition.flags)
        print(textwrap.fill(f"{condition.name} ({ways}): {', '.join(condition.names)}", 100, subsequent_indent="    "))
    return 0
