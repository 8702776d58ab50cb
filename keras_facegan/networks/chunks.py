"""Run a network over any number of examples in pieces of one size."""

import keras
import numpy as np

CHUNK = 64


def in_chunks(fn, *arrays):
    """Apply a function to examples in padded chunks, so that no result depends on how many are asked for.

    Args:
        fn: Callable from tensors of leading size 64 to a tensor of the same leading size.
        *arrays: NumPy arrays or tensors of equal leading size n.

    Returns:
        NumPy array of leading size n.
    """
    arrays = [keras.ops.convert_to_numpy(array) for array in arrays]
    n = len(arrays[0])
    results = []
    for start in range(0, n, CHUNK):
        pieces = [array[start : start + CHUNK] for array in arrays]
        count = len(pieces[0])
        # Repeat the last example: every chunk has one shape, and no made-up value enters the network.
        padded = [np.concatenate([piece, np.repeat(piece[-1:], CHUNK - count, axis=0)]) for piece in pieces]
        results.append(keras.ops.convert_to_numpy(fn(*padded))[:count])
    if not results:
        results = [keras.ops.convert_to_numpy(fn(*[np.zeros((CHUNK, *a.shape[1:]), a.dtype) for a in arrays]))[:0]]
    return np.concatenate(results)
