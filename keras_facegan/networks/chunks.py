"""Run a network over any number of examples in pieces of one size."""

import math

import keras
import numpy as np

# Examples of a chunk, up to 64 px in three colours; larger ones go in fewer, so that a chunk of them takes no more
# memory, and one photo does not cost 64.
CHUNK, LEAST = 64, 4
VALUES = 64 * 64 * 3


def in_chunks(fn, *arrays, growth=1):
    """Apply a function to examples in padded chunks, so that no result depends on how many are asked for.

    Args:
        fn: Callable from tensors of leading size `chunk_size(*arrays, growth)` to a tensor of the same leading size.
        *arrays: NumPy arrays or tensors of equal leading size n.
        growth: How many times larger results are than examples.

    Returns:
        NumPy array of leading size n.
    """
    arrays = [keras.ops.convert_to_numpy(array) for array in arrays]
    n, size = len(arrays[0]), chunk_size(*arrays, growth=growth)
    results = []
    for start in range(0, n, size):
        pieces = [array[start : start + size] for array in arrays]
        count = len(pieces[0])
        # Repeat the last example: every chunk has one shape, and no made-up value enters the network.
        padded = [np.concatenate([piece, np.repeat(piece[-1:], size - count, axis=0)]) for piece in pieces]
        results.append(keras.ops.convert_to_numpy(fn(*padded))[:count])
    if not results:
        results = [keras.ops.convert_to_numpy(fn(*[np.zeros((size, *a.shape[1:]), a.dtype) for a in arrays]))[:0]]
    return np.concatenate(results)


def chunk_size(*arrays, growth=1):
    """Return the examples of a chunk, a power of two from 4 to 64: it depends on the shapes of examples alone."""
    largest = growth * max(math.prod(array.shape[1:]) for array in arrays)
    fitting = max(LEAST, CHUNK * VALUES // largest)
    return min(CHUNK, 1 << fitting.bit_length() - 1)
