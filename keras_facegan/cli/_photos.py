"""Photos that a command is given: found, searched for faces, or cut to their centre square for a generator."""

import contextlib
import pathlib

import numpy as np
from absl import flags

from keras_facegan.cli import _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.data.files import list_pictures, printable
from keras_facegan.data.images import decode, prepare, to_float
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.files import check_photo
from keras_facegan.photos.networks import data_set_of, is_run


def read_photos(paths, image_shape):
    """Return photos as float32 (n, side, side, channels) in [-1, 1].

    Args:
        paths: Paths of picture files.
        image_shape: (side, side, channels) of the network.

    Raises:
        DataError: A file is missing, cannot be read, or is smaller than a quarter of the network's side.
    """
    side = image_shape[0]
    photos = []
    for path in paths:
        photo = decode(path, size=side)
        check_size(path, photo.shape, side)
        photos.append(prepare(photo, image_shape))
    return to_float(np.stack(photos))


def check_size(path, shape, side):
    """Raise `DataError` where a photo is smaller than a quarter of what a network reads.

    Args:
        path: Path of its file, for the message.
        shape: (height, width, channels) of the photo.
        side: Side of the network in pixels.
    """
    height, width = shape[:2]
    if min(height, width) < side / 4:
        raise DataError(f"{printable(path)} is only {width} x {height} pixels; the network reads faces of {side}.")


def find_photos(places):
    """Return the picture files that a list of files and folders names, folders with all that is in them.

    Raises:
        UserError: Nothing was named, a name is empty, or a folder holds no pictures.
    """
    return [path for path, _ in find_named_photos(places)]


def find_named_photos(places):
    """Return (path, path below the folder that was named) of each picture file, as `find_photos` finds them."""
    # An empty name would be the current folder, and often is a variable of the shell that was never set.
    if "" in places:
        raise UserError("A name of a picture is empty; the current folder is `.`.")
    photos = []
    for place in map(pathlib.Path, places):
        if place.is_dir():
            inside = [(place / key, pathlib.Path(key)) for key in list_pictures(place)]
            if not inside:
                raise UserError(f"There are no pictures in {printable(place)}.")
            photos += inside
        else:
            photos.append((place, pathlib.Path(place.name)))
    if not photos:
        raise UserError("Name a picture, several, or a folder of them.")
    return photos


def network_flags(usage, weights, what):
    """Return the flags that name a network: `--weights`, `--run` and `--step`.

    Args:
        usage: What the command does and how it is called.
        weights: Default of `--weights`.
        what: What the weights are, for the help ("Age estimator of the zoo.").
    """
    values = Flags(usage)
    values.set_gnu_getopt()
    flags.DEFINE_string("weights", weights, what, flag_values=values)
    _sources.define_flags(values)
    return values


def network_source(given):
    """Return the name of the weights or the directory of the run that flags name, and its step, checked early."""
    step = _sources.wanted_step(given.step)
    if step is not None and not given.run:
        raise UserError("--step is of a run: name its directory with --run.")
    if given.run and given["weights"].present:
        raise UserError("--weights and --run name 2 models; give one.")
    if given.run and not is_run(given.run):
        raise UserError(f"{printable(given.run)} holds no run: there is no recipe.toml.")
    name = given.run or given.weights
    data_set_of(name)
    return name, step


def check_files(photos):
    """Raise `UserError` where no file of a list can be a photo, by their headers."""
    failures = Failures(len(photos))
    for photo in photos:
        with failures.collecting():
            check_photo(photo)
    if len(failures.messages) == len(photos):
        failures.finish()


def check_rate(far):
    """Raise `UserError` where `--far` is no rate."""
    if not 0 < far < 1:
        raise UserError(f"--far is a share between 0 and 1, got {far:g}.")


class Failures:
    """Photos that were no use, while the others go on.

    Args:
        total: Number of all photos.
    """

    def __init__(self, total):
        self.total, self.messages = total, []

    @contextlib.contextmanager
    def collecting(self):
        """Keep the message of a `DataError` raised inside."""
        try:
            yield
        except DataError as error:
            self.messages.append(str(error))

    def finish(self):
        """Raise one `UserError` that names all that were left out, if there are any."""
        if self.messages:
            count = f"{len(self.messages)} of {self.total} photos were left out: " if self.total > 1 else ""
            raise UserError(f"{count}{' '.join(self.messages)}")
