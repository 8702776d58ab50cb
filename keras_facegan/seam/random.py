"""Random numbers of a step. Under `tf.distribute` replicas draw for the whole batch, and take the rows of their part.

So several devices draw what one device draws. The functions are those of `keras.random`, of which every replica would
get the same numbers.
"""

import keras
import tensorflow as tf

from keras_facegan.seam import replicas


def normal(shape, stddev=1.0, seed=None):
    """Return normal numbers, see `keras.random.normal`; the first dimension is that of the pictures."""
    return replicas.rows_of_batch(lambda whole: keras.random.normal(whole, 0.0, stddev, "float32", seed), shape)


def uniform(shape, low=0.0, high=1.0, seed=None):
    """Return uniform numbers, see `keras.random.uniform`; the first dimension is that of the pictures."""
    return replicas.rows_of_batch(lambda whole: keras.random.uniform(whole, low, high, "float32", seed), shape)


def randint(shape, low, high, seed=None):
    """Return whole numbers, see `keras.random.randint`; the first dimension is that of the pictures."""
    return replicas.rows_of_batch(lambda whole: keras.random.randint(whole, low, high, "int32", seed), shape)


def shuffle(rows, seed=None):
    """Return rows (B, ...) in another order, see `keras.random.shuffle`; rows of other devices are among them."""
    return replicas.own_rows(keras.random.shuffle(replicas.gather(rows), axis=0, seed=seed))


def uniform_for_all(shape, seed=None):
    """Return uniform numbers from 0 to 1 that are the same on every device; no dimension is that of the pictures."""
    return keras.random.uniform(shape, seed=seed)


def dropout(inputs, rate, noise_shape=None, seed=None):
    """Return inputs of which a share is 0, see `keras.random.dropout`; the first dimension is that of the pictures."""

    def drop(values):
        return keras.random.dropout(values, rate, noise_shape, seed)

    if replicas.count() == 1:
        return drop(inputs)
    return inputs * replicas.rows_of_batch(lambda whole: drop(tf.ones(whole, inputs.dtype)), keras.ops.shape(inputs))


def normal_of_step(shape, seed, step):
    """Return standard normal numbers that are a function of (shape, seed, step) alone.

    Args:
        shape: Shape of the tensor.
        seed: Integer.
        step: Integer or int32 scalar tensor.

    Returns:
        float32 tensor.
    """
    return tf.random.stateless_normal(shape, (seed, step))
