"""A batch of pictures being painted, windows into it, and the anti-aliased shapes to paint with."""

import functools
import math

import numpy as np

# Bounds of the pose, shared by the sampler and by the windows below: radians, canvas units, and zoom.
MAX_ROLL = 0.16
MAX_SHIFT = 0.05
MIN_ZOOM, MAX_ZOOM = 0.98, 1.18
HEAD_Y = -0.03  # where the middle of the head sits on the canvas, whose sides run from -1 to 1


class Canvas:
    """RGB planes of n square pictures and the pose of the head in each.

    Args:
        table: `Table` with the columns `roll` (radians), `shift_x`, `shift_y` (canvas units) and `zoom`.
        size: Side in pixels.
    """

    def __init__(self, table, size):
        self.table = table
        self.size = size
        self.planes = np.empty((3, len(table), size, size), np.float32)

    def region(self, box=None, rows=None, upright=False):
        """Open a window to paint in.

        Args:
            box: (left, top, right, bottom) in head units that the shapes to paint stay inside; None for everything.
            rows: Integer array of the pictures to paint, None for all.
            upright: Whether the coordinates ignore the roll of the head, as shoulders do.

        Returns:
            `Region`; call its `close()` when the painting is done.
        """
        return Region(self, box, rows, upright)


class Region:
    """A window of some pictures with its own coordinates: x to the right, y down, in head units.

    Attributes:
        table: `Table` of the chosen pictures.
        x, y: float32 (n, pixels) coordinates of the pixel centres, in head units.
        sharp: float32 (n, 1) pixels in one head unit.
        planes: float32 (3, n, pixels) colours in [0, 1].
    """

    def __init__(self, canvas, box, rows, upright):
        size = canvas.size
        self.table = table = canvas.table if rows is None else canvas.table[rows]
        left, top, right, bottom = (0, 0, size, size) if box is None else _window(box, size)
        self.shape = (len(table), bottom - top, right - left)
        self._source = canvas.planes
        self._index = (slice(None), slice(None) if rows is None else rows, slice(top, bottom), slice(left, right))
        self.planes = canvas.planes[self._index].reshape(3, len(table), -1)
        self._shared = np.may_share_memory(self.planes, canvas.planes)
        across, down = _grid(size)
        across = across[left:right] - table.shift_x
        down = down[top:bottom] - table.shift_y - np.float32(HEAD_Y)
        if upright:
            self.x = np.broadcast_to((across / table.zoom)[:, None, :], self.shape).reshape(len(table), -1)
            self.y = np.broadcast_to((down / table.zoom)[:, :, None], self.shape).reshape(len(table), -1)
        else:
            cos, sin = np.cos(table.roll) / table.zoom, np.sin(table.roll) / table.zoom
            self.x = ((cos * across)[:, None, :] + (sin * down)[:, :, None]).reshape(len(table), -1)
            self.y = ((cos * down)[:, :, None] - (sin * across)[:, None, :]).reshape(len(table), -1)
        self.sharp = table.zoom * np.float32(size / 2)

    def cover(self, distance):
        """Return the share of each pixel inside a shape, given signed distances in head units (negative inside)."""
        alpha = distance * -self.sharp
        alpha += np.float32(0.5)
        return np.clip(alpha, 0, 1, out=alpha)

    def line(self, distance, half_width):
        """Return the share of each pixel inside a line of the given half width around distance 0."""
        alpha = (half_width - np.abs(distance)) * self.sharp
        alpha += np.float32(0.5)
        # A line thinner than a pixel never fills one.
        return np.clip(alpha, 0, np.minimum(2 * half_width * self.sharp, 1), out=alpha)

    def ellipse(self, x, y, half_width, half_height):
        """Return the share of each pixel inside an ellipse centred where x and y are 0."""
        distance = np.sqrt(np.square(x / half_width) + np.square(y / half_height))
        distance -= 1
        distance *= np.minimum(half_width, half_height)
        return self.cover(distance)

    def glow(self, x, y, half_width, half_height):
        """Return a soft blot in [0, 1]: 1 where x and y are 0, nothing from the ellipse outwards."""
        blot = 1 - np.square(x / half_width)
        blot -= np.square(y / half_height)
        np.maximum(blot, 0, out=blot)
        return np.square(blot, out=blot)

    def paint(self, alpha, colour):
        """Lay a colour over the window.

        Args:
            alpha: float32 (n, pixels) opacity in [0, 1].
            colour: (n, 3), or a sequence of three (n, pixels) planes, in [0, 1].
        """
        for plane, layer in zip(self.planes, _planes(colour), strict=True):
            change = layer - plane
            change *= alpha
            plane += change

    def close(self):
        """Put the window back into the canvas."""
        if not self._shared:
            self._source[self._index] = self.planes.reshape(3, *self.shape)


def mix(first, second, share):
    """Return the three planes of a gradient from colour `first` to `second`, both (n, 3), by `share` (n, pixels)."""
    return [share * (end - begin) + begin for begin, end in zip(_planes(first), _planes(second), strict=True)]


def ramp(values, low, high):
    """Return values rescaled so that `low` is 0 and `high` is 1, clipped to [0, 1]."""
    scaled = (values - low) / (high - low)
    return np.clip(scaled, 0, 1, out=scaled)


def _planes(colour):
    return (colour[:, 0:1], colour[:, 1:2], colour[:, 2:3]) if isinstance(colour, np.ndarray) else colour


@functools.lru_cache(maxsize=64)
def _grid(size):
    centres = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / size) - 1
    return centres, centres


@functools.lru_cache(maxsize=256)
def _window(box, size):
    """Return the pixel bounds (left, top, right, bottom) that hold `box` in every pose."""
    left, top, right, bottom = box
    across, down = [], []
    for roll in (-MAX_ROLL, MAX_ROLL):
        for zoom in (MIN_ZOOM, MAX_ZOOM):
            for x in (left, right):
                for y in (top, bottom):
                    across.append(zoom * (math.cos(roll) * x - math.sin(roll) * y))
                    down.append(zoom * (math.sin(roll) * x + math.cos(roll) * y) + HEAD_Y)
    bounds = (min(across) - MAX_SHIFT, min(down) - MAX_SHIFT, max(across) + MAX_SHIFT, max(down) + MAX_SHIFT)
    first = [max(math.floor((bound + 1) * size / 2) - 1, 0) for bound in bounds[:2]]
    last = [min(math.ceil((bound + 1) * size / 2) + 1, size) for bound in bounds[2:]]
    return (*first, *last)
