"""Work in chunks: results as of one example at a time, whatever the number."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.networks.chunks import CHUNK, in_chunks


@pytest.mark.parametrize("n", [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_every_example_is_answered_in_order(n):
    x, y = np.arange(n, dtype="float32"), np.arange(n, dtype="int32")[:, None]
    seen = []

    def add(a, b):
        seen.append((a.shape, b.shape))
        return tf.convert_to_tensor(a) + tf.cast(b, "float32")[:, 0]

    result = in_chunks(add, x, tf.constant(y))
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, 2 * x)
    assert set(seen) == {((CHUNK,), (CHUNK, 1))}


def test_padding_repeats_an_example_instead_of_inventing_one():
    def check(x):
        assert set(np.unique(x)) <= {7.0, 8.0}
        return x

    in_chunks(check, np.array([7.0, 8.0]))


def test_none_gives_none_of_the_right_shape_and_type():
    result = in_chunks(lambda x: np.zeros((len(x), 3, 2), "float32"), np.zeros((0, 5), "float32"))
    assert result.shape == (0, 3, 2) and result.dtype == np.float32
