"""Paint faces back to front, a chunk at a time, into uint8 pictures."""

import numpy as np

from keras_facegan.data.drawing import features, hair, skin, wear
from keras_facegan.data.drawing.canvas import Canvas
from keras_facegan.data.drawing.geometry import lay_out
from keras_facegan.errors import UserError


def blur(canvas):
    """Blur the pictures whose attribute Blurry is set, by two box filters along each axis."""
    size = canvas.size
    rows = np.flatnonzero(canvas.table.blurry[:, 0] > 0)
    if not len(rows):
        return
    reach = max(round(size / 40), 1)
    planes = canvas.planes[:, rows]
    for axis in (2, 3, 2, 3):
        padding = [(0, 0)] * 4
        padding[axis] = (reach, reach)
        padded = np.pad(planes, padding, mode="edge")
        planes = np.zeros_like(planes)
        for shift in range(2 * reach + 1):
            planes += padded[(slice(None),) * axis + (slice(shift, shift + size),)]
        planes /= 2 * reach + 1
    canvas.planes[:, rows] = planes


RENDERER_VERSION = 1  # raise it whenever a pixel changes: caches of drawn pictures are then drawn anew
_CHUNK_PIXELS = 2**19  # four float32 copies of the planes stay far below 200 MB

_LAYERS = (
    skin.background,
    hair.bun,
    hair.back,
    skin.neck,
    wear.clothes,
    wear.shirt,
    wear.necklace,
    wear.necktie,
    skin.ears,
    skin.double_chin,
    skin.head,
    skin.cheeks,
    skin.cheekbones,
    skin.freckles,
    skin.forehead_lines,
    skin.crows_feet,
    skin.mouth_folds,
    skin.bags,
    hair.stubble,
    hair.full_beard,
    hair.goatee,
    hair.sideburns,
    features.nose,
    hair.mustache,
    features.mouth,
    features.eyes,
    features.brows,
    hair.front_long,
    hair.front_short,
    wear.earrings,
    wear.glasses,
    wear.hat,
    blur,
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
    # Free one large block: glibc then keeps later ones of that size instead of handing every temporary to the kernel.
    np.empty(2**24, np.uint8)
    table = lay_out(faces)
    chunk = max(_CHUNK_PIXELS // (size * size), 1)
    for start in range(0, len(faces), chunk):
        canvas = Canvas(table[start : start + chunk], size)
        for paint in _LAYERS:
            paint(canvas)
        planes = canvas.planes
        planes *= 255
        planes += 0.5
        np.clip(planes, 0, 255, out=planes)
        pictures[start : start + chunk] = np.moveaxis(planes.astype(np.uint8), 0, -1)
    return pictures
