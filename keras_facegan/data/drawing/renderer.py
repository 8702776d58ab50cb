"""Paint faces back to front, a chunk at a time, into uint8 pictures."""

import numpy as np

from keras_facegan.data.drawing import features, hair, skin, wear
from keras_facegan.data.drawing.canvas import Canvas
from keras_facegan.data.drawing.geometry import lay_out
from keras_facegan.errors import UserError

RENDERER_VERSION = 2  # raise it whenever a pixel changes: caches of drawn pictures are then drawn anew
_LAYOUT_FACES = 2048  # faces laid out at once: enough to hide NumPy's cost a call
_CHUNK_PIXELS = 2**19  # pixels painted at once: 6 MB of planes


def blur(canvas):
    """Blur the pictures whose attribute Blurry is set, by two box filters along each axis."""
    size = canvas.size
    rows = np.flatnonzero(canvas.table.blurry[:, 0] > 0)
    if not len(rows):
        return
    reach = max(round(size / 48), 1)
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
    chunk = max(_CHUNK_PIXELS // (size * size), 1)
    for first in range(0, len(faces), _LAYOUT_FACES):
        table = lay_out(faces[first : first + _LAYOUT_FACES])
        for start in range(0, len(table), chunk):
            canvas = Canvas(table[start : start + chunk], size)
            for paint in _LAYERS:
                paint(canvas)
            planes = canvas.planes
            planes *= 255
            planes += 0.5
            np.clip(planes, 0, 255, out=planes)
            rows = slice(first + start, first + start + len(canvas.table))
            pictures[rows] = np.moveaxis(planes.astype(np.uint8), 0, -1)
    return pictures
