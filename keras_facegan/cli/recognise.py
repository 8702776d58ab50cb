"""Name the people on photos by a gallery of people one knows.

usage: facegan recognise --gallery DIR photo.jpg ...

The gallery has one folder a person, or one picture called after each. The face should fill the photo: its centre square
is what the network sees.
"""

import pathlib

from absl import flags
from rich.console import Console
from rich.table import Table

from keras_facegan.abilities import Identifies, require
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.cli.verify import WEIGHTS
from keras_facegan.errors import UserError


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    flags.DEFINE_string("gallery", None, "Folder of the people one knows.", flag_values=values)
    flags.DEFINE_string("weights", WEIGHTS, "Identity network of the zoo.", flag_values=values)
    _sources.define_flags(values)
    flags.DEFINE_float("far", 1e-2, "Share of different people that may be called the same.", flag_values=values)
    flags.DEFINE_integer("neighbours", 1, "How many of the nearest pictures vote.", flag_values=values)
    return values


def main(argv):
    """Embed gallery and photos, and look up the nearest neighbours."""
    given = _flags()
    photos = _photos.find_photos(given.parse(argv))
    if given.gallery is None:
        raise UserError("--gallery is missing: a folder with one folder of pictures a person.")
    known = _photos.find_photos([given.gallery])
    from keras_facegan.seam import backend

    backend.start()
    model = _sources.load_model(given.run or given.weights, given.step)
    require(model, Identifies)
    gallery = model.embed(_photos.read_photos(known, model.image_shape))
    queries = model.embed(_photos.read_photos(photos, model.image_shape))
    people = [_person(path, pathlib.Path(given.gallery)) for path in known]
    found, distances = model.identify(queries, gallery, people, given.neighbours)
    threshold, _ = model.calibration.threshold(given.far)
    table = Table("photo", "person", "distance", box=None, pad_edge=False)
    for path, name, distance in zip(photos, found, distances, strict=True):
        table.add_row(str(path), name if distance < threshold else f"unknown (nearest {name})", f"{distance:.3f}")
    console = Console()
    console.print(table)
    console.print(f"threshold {threshold:.3f} at a false accept rate of {given.far:g} for each picture of the gallery")
    return 0


def _person(path, gallery):
    """Return the name of the folder below the gallery that a picture lies in, or its own without the suffix."""
    parts = path.relative_to(gallery).parts
    return parts[0] if len(parts) > 1 else path.stem
