"""Estimate the age of the people on photos.

usage: facegan age-of photo.jpg ...

The face should fill the photo: its centre square is what the network sees.
"""

from absl import flags
from rich.console import Console
from rich.table import Table

from keras_facegan.abilities import EstimatesAge, require
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.pretrained import weights_card

WEIGHTS = "age_estimator/utkface_112"


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    flags.DEFINE_string("weights", WEIGHTS, "Age estimator of the zoo.", flag_values=values)
    flags.DEFINE_string("run", None, _sources.RUN_HELP, flag_values=values)
    return values


def main(argv):
    """Estimate and print one age a photo."""
    given = _flags()
    photos = _photos.find_photos(given.parse(argv))
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan.loading import load_model

    model = load_model(given.run or given.weights)
    require(model, EstimatesAge)
    ages = model.estimate_age(_photos.read_photos(photos, model.image_shape))
    table = Table("photo", "age in years", box=None, pad_edge=False)
    for path, age in zip(photos, ages, strict=True):
        table.add_row(str(path), f"{age:.0f}")
    console = Console()
    console.print(table)
    numbers = {} if given.run else weights_card(given.weights)[1]["numbers"]
    if "mae" in numbers:
        console.print(f"On held-out faces {given.weights} is wrong by {numbers['mae']:.1f} years on average.")
    return 0
