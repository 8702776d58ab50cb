"""A batch of pictures being painted, layers that open windows into it, and anti-aliased shapes to paint with.

Where a maximum or minimum with a number would do, the painters write `np.clip` with a second bound that never binds:
NumPy clips nearly three times as fast.
"""

import functools
import math

import numpy as np

# Bounds of the pose, shared by the sampler and by the windows below: radians, canvas units, and zoom.
MAX_ROLL = 0.16
MAX_SHIFT = 0.05
MIN_ZOOM, MAX_ZOOM = 0.98, 1.18
HEAD_Y = -0.03  # where the middle of the head sits on the canvas, whose sides run from -1 to 1

_BLOCK_PIXELS = 2**16  # arrays of one block stay in the processor's cache


class Canvas:
    """RGB planes of n square pictures, float32 (3, n, size, size) in [0, 1] when all layers are painted.

    Args:
        table: `Table` with the columns `roll` (radians), `shift_x`, `shift_y` (canvas units), `zoom` and whatever the
            layers read.
        size: Side in pixels.
    """

    def __init__(self, table, size):
        self.table = table
        self.size = size
        self.planes = np.empty((3, len(table), size, size), np.float32)


def layer(box=None, only=None, upright=False):
    """Turn a painter `(region, table)` into a layer that paints all pictures of a `Canvas`, block by block.

    Args:
        box: (left, top, right, bottom) in head units that the painter stays inside; None for the whole picture.
        only: Column of the table that is above 0 where there is something to paint; None for every picture.
        upright: Whether the coordinates ignore the roll of the head, as shoulders do.
    """

    def decorator(painter):
        @functools.wraps(painter)
        def paint(canvas):
            count = len(canvas.table)
            rows = None if only is None else np.flatnonzero(getattr(canvas.table, only)[:, 0] > 0)
            left, top, right, bottom = window = _window(box, canvas.size, upright)
            block = max(_BLOCK_PIXELS // ((right - left) * (bottom - top)), 1)
            for start in range(0, count if rows is None else len(rows), block):
                some = slice(start, min(start + block, count)) if rows is None else rows[start : start + block]
                region = Region(canvas, some, window, upright)
                painter(region, region.table)
                if not np.may_share_memory(region.planes, canvas.planes):
                    canvas.planes[:, some, top:bottom, left:right] = region.planes.reshape(3, *region.shape)

        return paint

    return decorator


class Region:
    """A window of some pictures with its own coordinates: x to the right, y down, in head units.

    Attributes:
        table: `Table` of these pictures.
        x, y: float32 (n, pixels) coordinates of the pixel centres, in head units.
        sharp: float32 (n, 1) pixels in one head unit.
        size: Side of the whole picture in pixels.
        planes: float32 (3, n, pixels) colours.
    """

    def __init__(self, canvas, rows, window, upright):
        left, top, right, bottom = window
        self.size = canvas.size
        self.table = table = canvas.table[rows]
        self.shape = (len(table), bottom - top, right - left)
        self.planes = canvas.planes[:, rows, top:bottom, left:right].reshape(3, len(table), -1)
        centres = (np.arange(canvas.size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / canvas.size) - 1
        across = (centres[left:right] - table.shift_x) / table.zoom
        down = (centres[top:bottom] - table.shift_y - np.float32(HEAD_Y)) / table.zoom
        roll = 0 * table.roll if upright else table.roll
        cos, sin = np.cos(roll), np.sin(roll)
        self.x = ((cos * across)[:, None, :] + (sin * down)[:, :, None]).reshape(len(table), -1)
        self.y = ((cos * down)[:, :, None] - (sin * across)[:, None, :]).reshape(len(table), -1)
        self.sharp = table.zoom * np.float32(canvas.size / 2)

    @functools.cached_property
    def turned_x(self):
        """x as the features see it: a small turn of the head shifts the middle of the face but not its outline."""
        bulge = np.square(self.x / (1.2 * self.table.head_width))
        np.subtract(1, bulge, out=bulge)
        np.clip(bulge, 0, 1, out=bulge)
        bulge *= -self.table.yaw
        bulge += self.x
        return bulge

    def cover(self, distance):
        """Return the share of each pixel inside a shape, given signed distances in head units (negative inside)."""
        alpha = distance * -self.sharp
        alpha += np.float32(0.5)
        return np.clip(alpha, 0, 1, out=alpha)

    def line(self, distance, half_width):
        """Return the share of each pixel inside a line of the given half width around distance 0."""
        alpha = np.abs(distance)
        alpha *= -self.sharp
        alpha += half_width * self.sharp + np.float32(0.5)
        np.clip(alpha, 0, 1, out=alpha)
        # A line thinner than a pixel never fills one.
        return np.minimum(alpha, np.minimum(2 * half_width * self.sharp, 1), out=alpha)

    def ellipse(self, x, y, half_width, half_height):
        """Return the share of each pixel inside an ellipse centred where x and y are 0."""
        distance = np.square(x * (1 / half_width))
        distance += np.square(y * (1 / half_height))
        np.sqrt(distance, out=distance)
        scale = np.minimum(half_width, half_height).astype(np.float32) * self.sharp
        distance *= -scale
        distance += scale + np.float32(0.5)
        return np.clip(distance, 0, 1, out=distance)

    def glow(self, x, y, half_width, half_height):
        """Return a soft blot in [0, 1]: 1 where x and y are 0, nothing from the ellipse outwards."""
        blot = np.square(x * (1 / half_width))
        blot += np.square(y * (1 / half_height))
        np.subtract(1, blot, out=blot)
        np.clip(blot, 0, 1, out=blot)
        return np.square(blot, out=blot)

    def paint(self, alpha, colour):
        """Lay a colour over the window.

        Args:
            alpha: float32 (n, pixels) opacity in [0, 1].
            colour: (n, 3), or a sequence of three (n, pixels) planes, in [0, 1].
        """
        for plane, pigment in zip(self.planes, _planes(colour), strict=True):
            change = pigment - plane
            change *= alpha
            plane += change


def mix(first, second, share):
    """Return the three planes of a gradient from colour `first` to `second`, both (n, 3), by `share` (n, pixels)."""
    gradient = []
    for begin, end in zip(_planes(first), _planes(second), strict=True):
        plane = share * (end - begin)
        plane += begin
        gradient.append(plane)
    return gradient


def ramp(values, low, high):
    """Return values (n, pixels) rescaled so that `low` is 0 and `high` is 1, each (n, 1) or a number, in [0, 1]."""
    slope = 1 / (high - low)
    scaled = values * slope
    scaled -= low * slope
    return np.clip(scaled, 0, 1, out=scaled)


def _planes(colour):
    return (colour[:, 0:1], colour[:, 1:2], colour[:, 2:3]) if isinstance(colour, np.ndarray) else colour


@functools.lru_cache(maxsize=512)
def _window(box, size, upright):
    """Return the pixel bounds (left, top, right, bottom) that hold `box` in every pose."""
    if box is None:
        return 0, 0, size, size
    across, down = [], []
    for roll in (0.0,) if upright else (-MAX_ROLL, 0.0, MAX_ROLL):
        for zoom in (MIN_ZOOM, MAX_ZOOM):
            for x in (box[0], box[2]):
                for y in (box[1], box[3]):
                    across.append(zoom * (math.cos(roll) * x - math.sin(roll) * y))
                    down.append(zoom * (math.sin(roll) * x + math.cos(roll) * y) + HEAD_Y)
    low = (min(across) - MAX_SHIFT, min(down) - MAX_SHIFT)
    high = (max(across) + MAX_SHIFT, max(down) + MAX_SHIFT)
    left, top = (max(math.floor((bound + 1) * size / 2), 0) for bound in low)
    right, bottom = (min(math.ceil((bound + 1) * size / 2), size) for bound in high)
    return left, top, right, bottom
