"""Whole photos restored: larger, without noise or blur, or with what is missing filled in."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from keras_facegan.abilities import Restores, require
from keras_facegan.data.images import MAX_PIXELS, to_uint8
from keras_facegan.errors import DataError
from keras_facegan.photos.files import Photo
from keras_facegan.photos.tiles import in_tiles

# Weights of the zoo for every task.
WEIGHTS = {task: f"restoration_gan/celeba_64_{task}" for task in ("sr2", "sr4", "denoise", "deblur", "inpaint")}
# Pixels a side of a tile, by how much larger it becomes: the maps of a tile must fit into memory.
TILES = {1: 96, 2: 48, 4: 48}
# Longest side of either half of a comparison, and the white space between them, in pixels.
LONGEST, GAP = 2000, 12


def restore_photo(
    model: Any, photo: Photo, known: np.ndarray | None = None, advance: Callable[[float], None] | None = None
) -> Photo:
    """Restore a photo of any size.

    It is restored in overlapping tiles that leave no seams. Grey photos stay grey, with 16 bits where they have them;
    transparency becomes larger with the photo.

    Args:
        model: Model that restores pictures.
        photo: The photo.
        known: Bool (H, W), False where the photo is missing, for a model that fills holes.
        advance: Called with the share of the photo just finished.

    Returns:
        The restored photo, with all that the photo carried.

    Raises:
        UserError: The model cannot restore, needs a mask, or takes none.
        DataError: The mask is of another size, or the result would be too large to be written.
    """
    require(model, Restores)
    height, width = photo.pixels.shape[:2]
    _check(model, photo, known)
    arrays = [_to_float(photo.pixels)] + ([] if known is None else [known])
    restored = in_tiles(model.restore, arrays, model.scale, model.reach, TILES[model.scale], advance)
    alpha = photo.alpha
    if alpha is not None and model.scale > 1:
        size = (model.scale * width, model.scale * height)
        alpha = np.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.BICUBIC))
    return dataclasses.replace(photo, pixels=_like(restored, photo.pixels), alpha=alpha)


def comparison(before: Photo, after: Photo) -> np.ndarray:
    """Return a photo and what became of it side by side, of one size, uint8 (H, W, 3).

    Args:
        before: The photo as it was, enlarged where the other is larger.
        after: The restored photo.
    """
    height, width = after.pixels.shape[:2]
    shrink = min(1.0, LONGEST / max(height, width))
    size = (max(1, round(shrink * width)), max(1, round(shrink * height)))
    halves = [
        np.asarray(Image.fromarray(photo.rgb).resize(size, Image.Resampling.BICUBIC)) for photo in (before, after)
    ]
    gap = np.full((size[1], GAP, 3), 255, "uint8")
    return np.concatenate([halves[0], gap, halves[1]], axis=1)


def _check(model, photo, known):
    height, width = photo.pixels.shape[:2]
    if known is not None and known.shape != (height, width):
        sizes = [f"{columns} x {rows}" for rows, columns in (known.shape, (height, width))]
        raise DataError(f"The mask is {sizes[0]} pixels, {photo.name} is {sizes[1]}: they must be of one size.")
    if model.scale**2 * height * width > MAX_PIXELS:
        raise DataError(
            f"{photo.name} would become {model.scale * width} x {model.scale * height} pixels, more than the "
            f"{MAX_PIXELS // 10**6} million that are written: make it smaller first."
        )


def _to_float(pixels):
    """Return pixels as float32 (H, W, 1 or 3) in [-1, 1]."""
    return pixels.astype("float32") / np.float32(np.iinfo(pixels.dtype).max / 2) - 1.0


def _like(images, pixels):
    """Return float32 (H, W, C) in [-1, 1] in the channels and the depth of other pixels."""
    if pixels.shape[-1] == 1:
        images = images.mean(axis=-1, keepdims=True)
    if pixels.dtype == np.uint8:
        return to_uint8(images)
    return np.rint((np.clip(images, -1, 1) + 1.0) * 32767.5).astype("uint16")
