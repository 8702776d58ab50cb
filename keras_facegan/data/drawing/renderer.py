"""Paint faces back to front, a chunk at a time, into uint8 pictures."""

import numpy as np

from keras_facegan.data.drawing import features, hair, skin, wear
from keras_facegan.data.drawing.canvas import Canvas
from keras_facegan.data.drawing.geometry import lay_out
from keras_facegan.errors import UserError

RENDERER_VERSION = 1  # raise it whenever a pixel changes: caches of drawn pictures are then drawn anew
_CHUNK_PIXELS = 2**16  # planes of one chunk stay in the processor's cache

_LAYERS = (
    skin.background,
    hair.back,
    skin.neck,
    wear.clothes,
    wear.necklace,
    wear.necktie,
    skin.ears,
    skin.double_chin,
    skin.head,
    skin.cheeks,
    skin.wrinkles,
    hair.stubble,
    hair.beard,
    hair.sideburns,
    features.nose,
    hair.mustache,
    features.mouth,
    features.eyes,
    features.brows,
    hair.front,
    wear.earrings,
    wear.glasses,
    wear.hat,
)


def draw(faces, size):
    """Draw faces.

    Args:
        faces: `FaceParameters` of n faces.
        size: Side of the square pictures in pixels, 8 or more.

    Returns:
        uint8 (n, size, size, 3).
    """
    if size < 8:
        raise UserError(f"A face is drawn at 8 pixels or more, not {size}.")
    pictures = np.empty((len(faces), size, size, 3), np.uint8)
    chunk = max(_CHUNK_PIXELS // (size * size), 1)
    for start in range(0, len(faces), chunk):
        rows = slice(start, start + chunk)
        canvas = Canvas(lay_out(faces[rows]), size)
        for layer in _LAYERS:
            layer(canvas)
        _blur(canvas)
        planes = np.clip(canvas.planes, 0, 1, out=canvas.planes)
        planes *= 255
        planes += 0.5
        pictures[rows] = np.moveaxis(planes, 0, -1)
    return pictures


def _blur(canvas):
    """Blur the pictures whose attribute Blurry is set, by two box filters along each axis."""
    rows = canvas.table.where("blurry")
    if not len(rows):
        return
    reach = max(round(canvas.size / 40), 1)
    planes = canvas.planes[:, rows]
    for axis in (2, 3, 2, 3):
        padding = [(0, 0)] * 4
        padding[axis] = (reach, reach)
        padded = np.pad(planes, padding, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=axis)
        planes = windows.mean(axis=-1, dtype=np.float32)
    canvas.planes[:, rows] = planes
