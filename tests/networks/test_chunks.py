"""Work in chunks: results as of one example at a time, whatever the number."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.networks.chunks import CHUNK, chunk_size, in_chunks


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


@pytest.mark.parametrize(
    ("shape", "size"),
    [((), 64), ((5000,), 64), ((64, 64, 3), 64), ((96, 96, 3), 16), ((128, 128, 3), 16), ((256, 256, 3), 4)],
)
@pytest.mark.parametrize("n", [0, 1, 7])
def test_large_examples_go_in_small_chunks_whatever_their_number(shape, size, n):
    images, seen = np.arange(n, dtype="float32").reshape(n, *[1] * len(shape)) * np.ones(shape, "float32"), []

    def mean(x, group):
        seen.append((len(x), len(group)))
        return x.reshape(len(x), -1).mean(axis=1)

    np.testing.assert_array_equal(in_chunks(mean, images, np.zeros(n, "int32")), np.arange(n))
    assert set(seen) == {(size, size)} and chunk_size(images) == size


@pytest.mark.parametrize(("growth", "size"), [(1, 64), (4, 64), (16, 64), (64, 16)])
def test_examples_that_grow_go_in_chunks_of_what_they_become(growth, size):
    images, seen = np.zeros((2, 16, 16, 3), "float32"), []
    in_chunks(lambda x: seen.append(len(x)) or x, images, growth=growth)
    assert seen == [size]


def test_chunks_never_get_smaller_than_four():
    assert chunk_size(np.zeros((1, 1024, 1024, 3), "uint8")) == 4


def test_padding_repeats_an_example_instead_of_inventing_one():
    def check(x):
        assert set(np.unique(x)) <= {7.0, 8.0}
        return x

    in_chunks(check, np.array([7.0, 8.0]))


def test_none_gives_none_of_the_right_shape_and_type():
    result = in_chunks(lambda x: np.zeros((len(x), 3, 2), "float32"), np.zeros((0, 5), "float32"))
    assert result.shape == (0, 3, 2) and result.dtype == np.float32
