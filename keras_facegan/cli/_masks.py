"""Masks that a command is given, and photos with missing parts brought to what a network reads."""

import numpy as np
from PIL import Image

from keras_facegan.cli._photos import check_size
from keras_facegan.data.files import printable
from keras_facegan.data.images import centre_square, decode, prepare
from keras_facegan.errors import DataError, UserError


def read_mask(path):
    """Return a mask as bool (H, W): True where it is lighter than middle grey, which means known.

    Args:
        path: Path of a picture file.

    Raises:
        DataError: It cannot be read.
        UserError: It hides all, or nothing.
    """
    known = decode(path).mean(axis=-1) >= 128
    if not known.any():
        raise UserError(f"{printable(path)} hides all: paint white what is known, and black what is missing.")
    if known.all():
        raise UserError(f"{printable(path)} hides nothing: paint black what is missing.")
    return known


def read_masked_photo(path, known, image_shape):
    """Read a photo, cut it and its mask to the centre square, and resize both.

    No colour of the missing part enters the known one: resizing weighs the pixels by the mask.

    Args:
        path: Path of a picture file.
        known: bool (H, W), False where the photo is missing.
        image_shape: (side, side, channels) of the network.

    Returns:
        `(photo, known)`: uint8 (side, side, channels) and bool (side, side), False for every pixel that is drawn from
        a missing one.

    Raises:
        DataError: The photo cannot be read, is too small, or is of another size than the mask.
        UserError: Nothing known is left.
    """
    photo = decode(path)
    check_size(path, photo.shape, image_shape[0])
    if photo.shape[:2] != known.shape:
        sizes = [f"{width} x {height}" for height, width in (known.shape, photo.shape[:2])]
        raise DataError(f"The mask is {sizes[0]} pixels, {printable(path)} is {sizes[1]}: they must be of one size.")
    side, channels = image_shape[0], image_shape[-1]
    square = centre_square(known[..., None])[..., 0]
    # Of the right size already, only the channels are left to do.
    photo = prepare(photo, (len(square), len(square), channels))
    if len(square) != side:
        weights = _resized(square.astype("float32"), side)
        colours = [_resized(photo[..., channel] * square.astype("float32"), side) for channel in range(channels)]
        colours = np.stack(colours, axis=-1) / np.maximum(weights, 0.5)[..., None]
        photo = np.rint(colours.clip(0, 255)).astype("uint8")
        square = _resized(square.astype("float32"), side, Image.Resampling.BOX) > 0.999
    if not square.any():
        raise UserError(f"The mask leaves nothing of {printable(path)} at {side} pixels; leave more to go by.")
    return photo, square


def _resized(values, side, kernel=None):
    """Resize float32 (n, n) as `data.images.resize` does bytes."""
    usual = Image.Resampling.LANCZOS if len(values) > side else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(values).resize((side, side), usual if kernel is None else kernel))
