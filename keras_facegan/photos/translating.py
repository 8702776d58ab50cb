"""Whole pictures as pictures of another domain."""

import os

import numpy as np
from PIL import Image

from keras_facegan.data.files import printable
from keras_facegan.data.images import decode, to_float, to_uint8
from keras_facegan.errors import DataError

# A translator halves a picture twice.
MULTIPLE = 4


def translate_photo(model, path: str | os.PathLike, to: str) -> np.ndarray:
    """Return a picture as one of another domain, whole, at the scale that a model was trained at.

    Args:
        model: Model that translates, see `keras_facegan.abilities.Translates`.
        path: Path of a picture file.
        to: "A" or "B", the domain to arrive at.

    Returns:
        uint8 array (H, W, channels of the model), whose shorter side is that of the model.

    Raises:
        DataError: The file cannot be read, or is smaller than a quarter of what the model reads.
    """
    side, _, channels = model.image_shape
    pixels = decode(path, size=side)
    height, width = pixels.shape[:2]
    if min(height, width) < side / 4:
        raise DataError(f"{printable(path)} is only {width} x {height} pixels; the model reads pictures of {side}.")
    image = Image.fromarray(at_scale(pixels, side)).convert("RGB" if channels == 3 else "L")
    image = np.asarray(image).reshape(1, image.height, image.width, channels)
    return to_uint8(model.translate(to_float(image), to))[0]


def at_scale(pixels: np.ndarray, side: int) -> np.ndarray:
    """Return a picture whose shorter side has `side` pixels and whose longer one the nearest multiple of 4.

    Args:
        pixels: uint8 array (H, W, 3).
        side: Multiple of 4.
    """
    height, width = pixels.shape[:2]
    scale = side / min(height, width)
    size = tuple(MULTIPLE * round(length * scale / MULTIPLE) for length in (width, height))
    kernel = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize(size, kernel))
