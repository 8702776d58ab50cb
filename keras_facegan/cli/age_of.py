"""Estimate the ages of the people on photos.

usage: facegan age-of photo.jpg ... [--face 2]

All faces are found and turned upright. They are numbered from left to right.
"""

from absl import flags
from rich.table import Table

from keras_facegan.abilities import EstimatesAge
from keras_facegan.cli import _photos
from keras_facegan.console import plain_console
from keras_facegan.photos.ages import ESTIMATOR, estimate_ages
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.search import search_photos


def _flags():
    values = _photos.network_flags(__doc__, ESTIMATOR, "Age estimator of the zoo.")
    flags.DEFINE_integer(
        "face", None, "Number of the only face to look at, 1 at the left.", lower_bound=1, flag_values=values
    )
    return values


def main(argv):
    """Estimate and print the age of each face."""
    given = _flags()
    photos = _photos.find_photos(given.parse(argv))
    (name, step), estimator = _photos.network_source(given), None
    table = Table("photo", "face", "age in years", "usual error in years", box=None, pad_edge=False)
    failures = _photos.Failures(len(photos))
    for found in search_photos(photos, given.face):
        with failures.collecting():
            found.check()
            estimator = estimator or load_network(name, EstimatesAge, step)
            for number, (age, error) in estimate_ages(estimator, found).items():
                table.add_row(found.name, str(number), f"{age:.0f}", "unknown" if error is None else f"{error:.1f}")
    if table.rows:
        console = plain_console()
        console.print(table)
        console.print("Usual error: mean error of this network on faces of that decade which it was not trained on.")
    failures.finish()
    return 0
