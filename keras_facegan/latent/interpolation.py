"""Paths between latent codes: straight ones for uniform codes, along the sphere for normal ones.

A normal code of many dimensions lies near a sphere, which the straight line between two codes leaves: spherical steps
stay where the generator was trained. White 2016, Sampling Generative Networks, arXiv 1609.04468.
"""

import numpy as np

# Below this sine of the angle two directions are one line.
_PARALLEL = 1e-8


def linear(start, end, t):
    """Walk the straight line; a mean of two codes of an interval stays inside it.

    Args:
        start: Code or codes, float array (..., d).
        end: Code or codes, float array (..., d).
        t: How far along, 0 at `start` and 1 at `end`; scalar or array, broadcast against the leading axes.

    Returns:
        float32 array (..., d).
    """
    start, end, t = _prepare(start, end, t)
    return ((1.0 - t) * start + t * end).astype(np.float32)


def spherical(start, end, t):
    """Walk the great circle between the directions while the length goes evenly from one to the other.

    Opposite directions have no shortest way: the circle then passes the axis that is nearest to a right angle.

    Args:
        start: Code or codes, float array (..., d).
        end: Code or codes, float array (..., d).
        t: How far along, 0 at `start` and 1 at `end`; scalar or array, broadcast against the leading axes.

    Returns:
        float32 array (..., d), of length (1 - t) |start| + t |end|.
    """
    start, end, t = _prepare(start, end, t)
    start_length, end_length = _length(start), _length(end)
    a, b = _divide(start, start_length), _divide(end, end_length)
    cosine = np.sum(a * b, axis=-1, keepdims=True)
    across = b - cosine * a
    sine = _length(across)
    axis = np.eye(a.shape[-1])[np.argmin(np.abs(a), axis=-1)]
    sideways = axis - np.sum(axis * a, axis=-1, keepdims=True) * a
    side = np.where(sine > _PARALLEL, _divide(across, sine), _divide(sideways, _length(sideways)))
    angle = t * np.arctan2(sine, cosine)
    length = (1.0 - t) * start_length + t * end_length
    return (length * (np.cos(angle) * a + np.sin(angle) * side)).astype(np.float32)


# The path that keeps to the distribution codes are drawn from, by its name.
PATHS = {"normal": spherical, "uniform": linear}


def _prepare(start, end, t):
    return np.asarray(start, np.float64), np.asarray(end, np.float64), np.asarray(t, np.float64)[..., None]


def _length(vectors):
    return np.linalg.norm(vectors, axis=-1, keepdims=True)


def _divide(vectors, length):
    # A code of zeros has no direction and stays zero.
    return np.divide(vectors, length, out=np.zeros(np.broadcast_shapes(vectors.shape, length.shape)), where=length > 0)
