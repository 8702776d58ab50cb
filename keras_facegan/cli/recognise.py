"""Tell the attributes of the faces on photos: hair, glasses, smile and others of CelebA's forty.

usage: facegan recognise photo.jpg ... [--face 2] [--top 10]

All faces are found and turned upright. They are numbered from left to right, and the attributes of each are ranked by
their probability. With --gallery it names people instead: it is then `facegan identify`.
"""

import numpy as np
from absl import flags
from rich.table import Table

from keras_facegan.abilities import Recognises
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.cli import _photos, identify
from keras_facegan.console import plain_console
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.search import search_photos
from keras_facegan.photos.transforming import RECOGNISER, recognise_faces


def _flags():
    values = _photos.network_flags(__doc__, RECOGNISER, "Network of the zoo that recognises attributes.")
    usage = "Number of the only face to look at, 1 at the left."
    flags.DEFINE_integer("face", None, usage, lower_bound=1, flag_values=values)
    usage = "How many attributes to show per face, the most probable first."
    most = len(CELEBA_ATTRIBUTES)
    flags.DEFINE_integer("top", 10, usage, lower_bound=1, upper_bound=most, flag_values=values)
    return values


def main(argv):
    """Recognise the attributes of each face and print them, a column per face."""
    if any(each.partition("=")[0] in ("--gallery", "-gallery") for each in argv):
        return identify.main(argv)
    given = _flags()
    photos = _photos.find_photos(given.parse(argv))
    _photos.check_files(photos)
    (name, step), network = _photos.network_source(given), None
    failures, console = _photos.Failures(len(photos)), plain_console()
    for found in search_photos(photos, given.face):
        with failures.collecting():
            found.check()
            network = network or load_network(name, Recognises, step)
            console.print(_table(found.name, recognise_faces(network, found), network.model.attributes, given.top))
    failures.finish()
    return 0


def _table(name, faces, attributes, top):
    """Return the most probable attributes of every face of a photo: a row per rank, two columns per face."""
    table = Table("rank", title=name, title_justify="left", box=None, pad_edge=False)
    columns = []
    for number, probabilities in faces.items():
        table.add_column(f"face {number}")
        table.add_column("%", justify="right")
        ranked = np.argsort(-probabilities, kind="stable")[:top]
        columns.append([(attributes[place], f"{100 * probabilities[place]:.0f}") for place in ranked])
    for rank, row in enumerate(zip(*columns, strict=True), 1):
        table.add_row(str(rank), *(cell for pair in row for cell in pair))
    return table
