"""Distances of all pairs of rows, a block at a time, exact where rows are equal."""

import numpy as np

# 32 MB of float64 a block: large enough for matrix products at full speed.
_VALUES = 4_000_000
_ROWS = 512
_COLUMNS = 2048
# Of the size of the rows: what is smaller than this is rounding.
_NOISE = 1e-13


def distance_rows(a, b):
    """Yield the squared Euclidean distances of the rows of `a` from those of `b`.

    Args:
        a: Array (n, d).
        b: Array (m, d).

    Yields:
        A slice of rows of `a`, and float64 (rows, m), which the caller may overwrite. Equal rows are at 0 exactly.
    """
    # About a common centre little is lost in the difference of large squares.
    centre = b.mean(axis=0, dtype="float64")
    step = max(1, min(_ROWS, _VALUES // len(b)))
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        piece, block = a[rows] - centre, np.empty((rows.stop - start, len(b)))
        for column in range(0, len(b), _COLUMNS):
            other = b[column : column + _COLUMNS] - centre
            block[:, column : column + len(other)] = _squared(piece, other)
        yield rows, block


def _squared(a, b):
    size = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)
    squared = size - 2.0 * (a @ b.T)
    squared[squared < _NOISE * size] = 0.0
    return squared
