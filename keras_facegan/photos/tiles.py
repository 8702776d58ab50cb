"""Photos of any size through a network, piece by piece, without seams."""

from collections.abc import Callable, Sequence

import numpy as np

# Windows that are read at once.
WINDOWS = 16


def in_tiles(
    fn: Callable, arrays: Sequence[np.ndarray], scale: int, reach: int, side: int, advance: Callable | None = None
) -> np.ndarray:
    """Apply a function of pictures to the parts of one picture.

    Every part is read with all that its result depends on, and what lies farther is thrown away, so the parts fit
    together without any blending: the whole is what the function would give for the whole picture.

    Args:
        fn: Callable from pieces (n, h, w, ...) of every array to an array (n, scale * h, scale * w, C).
        arrays: Arrays (H, W, ...) of one picture, all of one size.
        scale: How many times larger the side of the result is.
        reach: Pixels around a place that its result depends on.
        side: Pixels a side of a part, at least 1.
        advance: Called with the share of the picture just finished.

    Returns:
        Array (scale * H, scale * W, C).
    """
    height, width = arrays[0].shape[:2]
    tiles = [(rows, columns) for rows in _spans(height, side, reach) for columns in _spans(width, side, reach)]
    result = None
    for start in range(0, len(tiles), WINDOWS):
        group = tiles[start : start + WINDOWS]
        pieces = fn(*(np.stack([array[rows.window, columns.window] for rows, columns in group]) for array in arrays))
        if result is None:
            result = np.empty((scale * height, scale * width, pieces.shape[-1]), pieces.dtype)
        for (rows, columns), piece in zip(group, pieces, strict=True):
            inside = piece[rows.inside(scale), columns.inside(scale)]
            result[rows.outside(scale), columns.outside(scale)] = inside
        if advance is not None:
            advance(len(group) / len(tiles))
    return result


class _Span:
    """A part of a side: where it lies, and the window that it is read through."""

    def __init__(self, start, stop, window):
        self.start, self.stop, self.window = start, stop, window

    def outside(self, scale):
        """Return where the part lies in the result."""
        return slice(scale * self.start, scale * self.stop)

    def inside(self, scale):
        """Return where the part lies in the result of its window."""
        return slice(scale * (self.start - self.window.start), scale * (self.stop - self.window.start))


def _spans(length, side, reach):
    """Return the parts of a side, with windows of one length, so that they can be read together."""
    size = min(length, side + 2 * reach)
    spans = []
    for start in range(0, length, side):
        # At a border the window is moved inwards, and sees more of the picture than it has to.
        first = min(max(start - reach, 0), length - size)
        spans.append(_Span(start, min(start + side, length), slice(first, first + size)))
    return spans
