"""Random draws from a set that depend on the set and a seed, not on the order its members came in."""

import numpy as np

_ROWS = 1024


def shuffled(rows, seed=0):
    """Return a random order of rows.

    Rows are lined up by their projection onto a fixed direction before they are shuffled, so the same rows come in
    the same order however they were stored, and rounding in their values moves next to none.

    Args:
        rows: Array (n, ...) of numbers.
        seed: Fixes the order.

    Returns:
        int array (n,) of indices.
    """
    flat = rows.reshape(len(rows), -1)
    direction = np.random.default_rng(0).standard_normal(flat.shape[1])
    projection = [flat[start : start + _ROWS] @ direction for start in range(0, len(flat), _ROWS)]
    own = np.argsort(np.concatenate(projection), kind="stable")
    return own[np.random.default_rng(seed).permutation(len(own))]
