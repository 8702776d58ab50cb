"""What a network sees of a face, turned upright as its training pictures are, and how a change of it goes back."""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_facegan.data.framing import Framing
from keras_facegan.data.images import resize, to_float
from keras_facegan.photos.detector import Face

# A change is kept within an ellipse of these radii in sides of the square, and fades out from this share of them on.
ACROSS, DOWN, FADE = 0.45, 0.5, 0.7
# Weights of red, green and blue in the brightness of a grey photo (ITU-R BT.601).
BRIGHTNESS = (0.299, 0.587, 0.114)
# Pixels around a square that interpolation may look at.
MARGIN = 3


class Square(NamedTuple):
    """A square on a photo that stands upright on the line through the eyes of its face.

    Attributes:
        x: Horizontal place of its centre in pixels.
        y: Vertical place of its centre in pixels.
        side: Its side in pixels.
        tilt: Its angle in radians, positive clockwise.
    """

    x: float
    y: float
    side: float
    tilt: float


def square_of(face: Face, framing: Framing) -> Square:
    """Return the square that lies around a face as the pictures of a training set do; it may pass the photo's edges."""
    side = face.size / framing.size
    down = (0.5 - framing.eyes) * side
    return Square(face.x - math.sin(face.tilt) * down, face.y + math.cos(face.tilt) * down, side, face.tilt)


def cut(pixels: np.ndarray, square: Square, side: int) -> np.ndarray:
    """Return what a network sees of a square.

    Beyond the edges of the photo its outermost pixels are repeated.

    Args:
        pixels: uint8 array (H, W, 3).
        square: Where to look.
        side: Side of the result in pixels.

    Returns:
        float32 array (side, side, 3) in [-1, 1].
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = _box(square)
    rows, columns = np.arange(top, bottom).clip(0, height - 1), np.arange(left, right).clip(0, width - 1)
    around = Image.fromarray(pixels[np.ix_(rows, columns)])
    own = _own_side(square)
    # Turned at the photo's own size, then resized as training pictures are.
    (a, b), (c, d) = _turn(square.tilt) * square.side / own
    x, y = square.x - left - (a + b) * own / 2, square.y - top - (c + d) * own / 2
    upright = around.transform((own, own), Image.Transform.AFFINE, (a, b, x, c, d, y), Image.Resampling.BICUBIC)
    return to_float(resize(np.asarray(upright), side))


def put_back(pixels: np.ndarray, square: Square, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return a photo with the change of a square, at the photo's own size.

    Only the difference is enlarged, turned and added, so that details of the photo stay. It fades out towards the edge
    of an ellipse inside the square; beyond, no pixel changes.

    Args:
        pixels: uint8 or uint16 array (H, W, 1 or 3).
        square: Square that `before` was cut from.
        before: float32 array (side, side, 3) in [-1, 1], what a network saw.
        after: float32 array (side, side, 3) in [-1, 1], what it made of it.

    Returns:
        Array of the shape and type of `pixels`.
    """
    change = after - before
    if pixels.shape[-1] == 1:
        change = (change @ np.array(BRIGHTNESS, "float32"))[..., None]
    own = _own_side(square)
    mask = _ellipse(own)
    height, width = pixels.shape[:2]
    left, top, right, bottom = np.array(_box(square)).clip(0, [width, height, width, height])
    if right <= left or bottom <= top:
        return pixels.copy()
    # The other way round: from pixels of the photo to those of the upright square.
    (a, b), (c, d) = _turn(-square.tilt) * own / square.side
    x, y = left - square.x, top - square.y
    way = (a, b, a * x + b * y + own / 2, c, d, c * x + d * y + own / 2)
    size = (int(right - left), int(bottom - top))
    turned = [
        np.asarray(
            Image.fromarray(mask * _enlarged(change[..., channel], own)).transform(
                size, Image.Transform.AFFINE, way, Image.Resampling.BICUBIC
            )
        )
        for channel in range(change.shape[-1])
    ]
    largest = np.iinfo(pixels.dtype).max
    changed = pixels.copy()
    place = changed[top:bottom, left:right]
    # Interpolation looks a little beyond the edge.
    inside = _is_inside(square, left, top, size)[..., None]
    place[:] = np.rint(place + inside * np.stack(turned, axis=-1) * (largest / 2)).clip(0, largest)
    return changed


def _is_inside(square, left, top, size):
    """Return bool (H, W): which pixels of a part of the photo have their centre in the ellipse of a square."""
    y, x = np.mgrid[top : top + size[1], left : left + size[0]] + 0.5
    across, down = np.tensordot(_turn(-square.tilt), np.stack([x - square.x, y - square.y]), axes=1)
    return np.hypot(across / (ACROSS * square.side), down / (DOWN * square.side)) <= 1


def _own_side(square):
    """Return the side of a square in whole pixels of the photo."""
    return max(round(square.side), 1)


def _turn(angle):
    """Return the matrix that turns (x, y) by an angle in radians, clockwise on a picture."""
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _box(square):
    """Return left, top, right and bottom of the upright rectangle of whole pixels around a square and its margin."""
    reach = square.side / 2 * (abs(math.cos(square.tilt)) + abs(math.sin(square.tilt))) + MARGIN
    low = [math.floor(place - reach) for place in (square.x, square.y)]
    high = [math.ceil(place + reach) for place in (square.x, square.y)]
    return (*low, *high)


def _enlarged(values, side):
    """Resize float32 (n, n) smoothly."""
    return np.asarray(Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC))


def _ellipse(side):
    """Return float32 (side, side): 1 in the middle, 0 from the edge of the ellipse on, smooth between."""
    place = (np.arange(side, dtype="float32") + 0.5) / side - 0.5
    radius = np.hypot(place[:, None] / DOWN, place[None, :] / ACROSS)
    t = ((1 - radius) / (1 - FADE)).clip(0, 1)
    return t * t * (3 - 2 * t)
