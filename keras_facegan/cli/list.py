"""List models, presets, data sets and weights.

usage: facegan list
"""

from rich.table import Table

from keras_facegan.cli._flags import Flags
from keras_facegan.console import plain_console
from keras_facegan.presets import list_models, preset_names, zoo_file
from keras_facegan.registry import DATASETS


def main(argv):
    """Print what there is. Reads the zoo's files only, so that it takes no time."""
    Flags(__doc__).parse(argv)
    table = Table("model", "presets", "weights", box=None, pad_edge=False)
    for model in list_models():
        table.add_row(model, " ".join(preset_names(model)), " ".join(zoo_file(model).get("weights", {})))
    console = plain_console()
    console.print(table)
    console.print(f"\ndata sets: {' '.join(DATASETS.names())}")
    return 0
