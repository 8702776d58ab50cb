"""Photos that a command is given: read, cut to their centre square, and handed over as a network reads them."""

import pathlib

import numpy as np

from keras_facegan.data.files import list_pictures, printable
from keras_facegan.data.images import decode, prepare, to_float
from keras_facegan.errors import DataError, UserError


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
    # An empty name would be the current folder, and often is a variable of the shell that was never set.
    if "" in places:
        raise UserError("A name of a picture is empty; the current folder is `.`.")
    found = []
    for place in map(pathlib.Path, places):
        if place.is_dir():
            inside = [place / key for key in list_pictures(place)]
            if not inside:
                raise UserError(f"There are no pictures in {place}.")
            found += inside
        else:
            found.append(place)
    if not found:
        raise UserError("Name a picture, several, or a folder of them.")
    return found
