"""Faces in photos: where they are, what a network sees of them, and how what it changed goes back into the photo."""

import contextlib
import functools
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_facegan.data.images import to_float, to_uint8

# How the aligned pictures of UTKFace lie around a face: side in widths of the face, and height of the chin in sides.
SIDE = 1.2
CHIN = 0.95
# Share of the side over which a changed square fades into the photo.
FADE = 0.08
# The detector looks at photos of this side at most, and must be as sure as this.
LOOK = 640
SURE = 0.9


class Square(NamedTuple):
    """A square of a photo in pixels: its left and upper edge, its side, and whether a detector found a face in it."""

    left: int
    top: int
    side: int
    is_face: bool


def find_face(photo):
    """Return the square of the largest face, or the centre square where none is found.

    Args:
        photo: uint8 array (H, W, 3).

    Returns:
        `Square` that lies inside the photo. Without the extra `[detect]` no face is ever found.
    """
    height, width = photo.shape[:2]
    face = _detect(photo)
    if face is None:
        side = min(height, width)
        return Square((width - side) // 2, (height - side) // 2, side, False)
    left, top, face_width, face_height = face
    side = min(round(SIDE * face_width), height, width)
    # The square stays around the face as far as the photo allows.
    left = min(max(round(left + face_width / 2 - side / 2), 0), width - side)
    top = min(max(round(top + face_height - CHIN * side), 0), height - side)
    return Square(left, top, side, True)


def has_detector():
    """Say whether faces can be found: the extra `[detect]` is installed."""
    return _detector() is not None


def cut(photo, square, side):
    """Return what a network of a side sees of a square of a photo, float32 (side, side, 3) in [-1, 1]."""
    inside = photo[square.top : square.top + square.side, square.left : square.left + square.side]
    return to_float(np.asarray(Image.fromarray(inside).resize((side, side), Image.Resampling.LANCZOS)))


def put_back(photo, square, before, after):
    """Return a photo with the change of its square, at the photo's own size.

    Only the difference is enlarged and added, so that every detail of the photo stays; it fades out at the border of
    the square where that is not the border of the photo.

    Args:
        photo: uint8 array (H, W, 3).
        square: `Square` that `cut` cut.
        before: float32 array (side, side, 3) in [-1, 1], what the network saw.
        after: float32 array (side, side, 3) in [-1, 1], what it made of it.

    Returns:
        uint8 array (H, W, 3).
    """
    size = (square.side, square.side)
    change = np.stack(
        [
            np.asarray(Image.fromarray((after - before)[..., each]).resize(size, Image.Resampling.BICUBIC))
            for each in range(3)
        ],
        axis=-1,
    )
    changed = photo.copy()
    rows, columns = (slice(start, start + square.side) for start in (square.top, square.left))
    height, width = photo.shape[:2]
    fade = np.outer(
        _fade(square.side, square.top > 0, square.top + square.side < height),
        _fade(square.side, square.left > 0, square.left + square.side < width),
    )
    changed[rows, columns] = to_uint8(np.clip(to_float(photo[rows, columns]) + fade[..., None] * change, -1.0, 1.0))
    return changed


def _fade(side, at_start, at_end):
    """Return float32 (side,) that rises from 0 at the start and falls to 0 at the end, where these are asked for."""
    length = max(round(FADE * side), 1)
    rise = np.minimum(np.arange(side) / length, 1.0).astype("float32")
    return (rise if at_start else 1.0) * (rise[::-1] if at_end else 1.0) * np.ones(side, "float32")


def _detect(photo):
    """Return left, top, width and height in pixels of the largest face, or None."""
    detector = _detector()
    if detector is None:
        return None
    height, width = photo.shape[:2]
    scale = min(1.0, LOOK / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    found = detector.detect_faces(np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BOX)))
    boxes = [face["box"] for face in found or () if face["confidence"] >= SURE]
    if not boxes:
        return None
    return [edge / scale for edge in max(boxes, key=lambda box: box[2] * box[3])]


@functools.cache
def _detector():
    """Return the cascaded networks of Zhang et al. 2016, arXiv 1604.02878, or None where MTCNN is not installed."""
    with contextlib.suppress(ImportError):
        from mtcnn import MTCNN

        return MTCNN()
    return None
