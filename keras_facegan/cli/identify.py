"""Name the people on photos by a gallery of people one knows.

usage: facegan identify --gallery DIR photo.jpg ... [--face 2]

The gallery has one folder per person, or one picture called after each; a picture shows one face. All faces of the
photos are found and turned upright. They are numbered from left to right.
"""

import pathlib
import sys

import numpy as np
from absl import flags
from rich.table import Table

from keras_facegan.abilities import Identifies
from keras_facegan.cli import _photos
from keras_facegan.cli.verify import WEIGHTS
from keras_facegan.console import plain_console
from keras_facegan.data.files import printable
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.people import embed_faces, gallery_threshold
from keras_facegan.photos.search import search_photos

FAR_HELP = "False accept rate: share of strangers that may be given a name of the gallery."


def _flags():
    values = _photos.network_flags(__doc__, WEIGHTS, "Identity network of the zoo.")
    flags.DEFINE_string("gallery", None, "Folder of the people one knows.", flag_values=values)
    flags.DEFINE_float("far", 1e-2, FAR_HELP, flag_values=values)
    flags.DEFINE_integer("neighbours", 1, "How many of the nearest pictures vote.", lower_bound=1, flag_values=values)
    flags.DEFINE_integer(
        "face", None, "Number of the only face to name, 1 at the left.", lower_bound=1, flag_values=values
    )
    return values


def main(argv):
    """Embed the faces of gallery and photos, and look up the nearest neighbours."""
    given = _flags()
    photos = _photos.find_photos(given.parse(argv))
    if given.gallery is None:
        raise UserError("--gallery is missing: a folder with one folder of pictures per person.")
    gallery = pathlib.Path(given.gallery)
    if not gallery.is_dir():
        raise UserError(f"--gallery must be a folder, got {given.gallery}.")
    known = _photos.find_photos([gallery])
    _photos.check_rate(given.far)
    if given.neighbours > len(known):
        raise UserError(
            f"--neighbours must be at most the {len(known)} pictures of the gallery, got {given.neighbours}."
        )
    name, step = _photos.network_source(given)
    _photos.check_files(photos)
    network = load_network(name, Identifies, step)
    people, embeddings = _embed_gallery(network, gallery, known)
    threshold = gallery_threshold(network.model.calibration, given.far, len(people))
    table = Table("photo", "face", "person", "distance", box=None, pad_edge=False)
    failures = _photos.Failures(len(photos))
    for found in search_photos(photos, given.face):
        with failures.collecting():
            queries = embed_faces(network, found)
            names, distances = network.model.identify(
                np.stack(list(queries.values())), embeddings, people, given.neighbours
            )
            for number, person, distance in zip(queries, names, distances, strict=True):
                told = person if distance < threshold else f"unknown (nearest {person})"
                table.add_row(found.name, str(number), told, f"{distance:.3f}")
    if table.rows:
        console = plain_console()
        console.print(table)
        console.print(
            f"Below {threshold:.3f} a face gets the name of the nearest picture. About {100 * given.far:.2g} % of "
            f"strangers get one of this gallery of {len(people)} pictures."
        )
    failures.finish()
    return 0


def _embed_gallery(network, gallery, pictures):
    """Return the names and embeddings of the pictures that show one face; what is no use is named on stderr."""
    people, embeddings = [], []
    for path, found in zip(pictures, search_photos(pictures), strict=True):
        try:
            if len(found.faces) > 1:
                raise DataError(f"{found.name} has {len(found.faces)} faces; a picture of the gallery shows one.")
            embeddings += embed_faces(network, found).values()
            people.append(_person(path, gallery))
        except DataError as error:
            print(f"Left out of the gallery: {error}", file=sys.stderr)
    if not people:
        raise UserError(f"No picture in {printable(gallery)} shows a face that can be used.")
    return people, np.stack(embeddings)


def _person(path, gallery):
    """Return the name of the folder below the gallery that a picture lies in, or its own without the suffix."""
    parts = path.relative_to(gallery).parts
    return parts[0] if len(parts) > 1 else path.stem
