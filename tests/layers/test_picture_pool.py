"""The pool of earlier pictures: what it returns, what it keeps, and how often it exchanges."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers.picture_pool import PicturePool


def numbered(first, count):
    """Return pictures whose values are their numbers."""
    return np.broadcast_to(np.arange(first, first + count, dtype="float32")[:, None, None, None], (count, 2, 2, 1))


def pool_of(size):
    pool = PicturePool(size)
    pool.build((None, 2, 2, 1))
    return pool, keras.random.SeedGenerator(3)


def numbers(pictures):
    pictures = np.asarray(pictures)
    assert (pictures == pictures[:, :1, :1]).all()
    return pictures[:, 0, 0, 0].astype(int).tolist()


@pytest.mark.parametrize(("size", "count", "used"), [(6, 2, 6), (7, 3, 6), (4, 4, 4), (5, 1, 5)])
def test_until_it_is_full_new_pictures_pass_and_are_kept(size, count, used):
    pool, seed = pool_of(size)
    for step in range(used // count):
        new = numbered(1 + step * count, count)
        assert numbers(pool.exchange(new, seed)) == numbers(new)
    assert int(pool.filled) == used
    assert numbers(pool.pictures) == [*range(1, used + 1), *[0] * (size - used)]


def test_afterwards_a_picture_is_returned_or_kept_and_none_is_lost():
    pool, seed = pool_of(6)
    for step in range(3):
        pool.exchange(numbered(1 + 2 * step, 2), seed)
    seen = []
    for step in range(3, 40):
        before, new = numbers(pool.pictures), numbers(numbered(1 + 2 * step, 2))
        returned = numbers(pool.exchange(numbered(1 + 2 * step, 2), seed))
        # Together, what is returned and what is held are what there was.
        assert sorted(returned + numbers(pool.pictures)) == sorted(before + new)
        # A place that was given away holds the picture that was exchanged for it.
        for old, number in zip(returned, new, strict=True):
            assert old == number or numbers(pool.pictures)[before.index(old)] == number
        seen += [old != number for old, number in zip(returned, new, strict=True)]
    # 74 throws of a coin.
    assert 22 <= sum(seen) <= 52


def test_it_takes_batches_whose_size_a_graph_does_not_know():
    pool, seed = pool_of(5)
    exchange = tf.function(
        lambda pictures: pool.exchange(pictures, seed), input_signature=[tf.TensorSpec((None, 2, 2, 1), "float32")]
    )
    returned = [numbers(exchange(numbered(1 + 2 * step, 2))) for step in range(6)]
    assert returned[:2] == [[1, 2], [3, 4]] and int(pool.filled) == 4
    assert sorted(sum(returned, []) + numbers(pool.pictures)[:4])[-1] == 12
    assert numbers(pool.pictures)[4] == 0


def test_it_draws_with_the_seed_generator_that_it_is_given():
    results = []
    for _ in range(2):
        pool, seed = pool_of(4)
        results.append([numbers(pool.exchange(numbered(1 + 2 * step, 2), seed)) for step in range(8)])
    assert results[0] == results[1]


def test_it_comes_back_from_its_config():
    assert PicturePool.from_config(PicturePool(9, name="pool").get_config()).size == 9
