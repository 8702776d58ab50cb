"""Halving and doubling give what Keras' convolutions give, and so do their first and second gradients."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.seam import halving

TOLERANCE = {"float32": 1e-5, "bfloat16": 3e-2}


def plain_halve(x, kernel):
    return ops.conv(x, kernel, strides=2, padding="same")


def plain_double(y, kernel):
    return ops.conv_transpose(y, kernel, strides=2, padding="same")


def derivatives(function, x, kernel):
    """The result, its gradients by both arguments, and the gradients of their squared norm."""
    with tf.GradientTape() as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            y = function(x, kernel)
            loss = tf.reduce_sum(tf.square(tf.cast(y, "float32")))
        first = inner.gradient(loss, [x, kernel])
        norm = tf.add_n([tf.reduce_sum(tf.square(tf.cast(each, "float32"))) for each in first])
    return [y, *first, *outer.gradient(norm, [x, kernel])]


# Few and many channels, maps on both sides of the limit for matrix products, and a picture that is not square.
@pytest.mark.parametrize("shape", [(2, 4, 6, 3, 5), (2, 2, 2, 8, 6), (1, 9, 9, 3, 4)])
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("way", ["halve", "double"])
def test_values_and_derivatives_equal_keras(shape, dtype, way):
    batch, height, width, channels, depth = shape
    random = np.random.default_rng(0)
    kernel = tf.cast(random.normal(0.0, 0.1, (4, 4, channels, depth)), dtype)
    size = (batch, 2 * height, 2 * width, channels) if way == "halve" else (batch, height, width, depth)
    x = tf.cast(random.normal(size=size), dtype)
    quick, plain = (halving.halve, plain_halve) if way == "halve" else (halving.double, plain_double)
    # The plain path computes in float32, so that only our own rounding is measured.
    expected = derivatives(plain, tf.cast(x, "float32"), tf.cast(kernel, "float32"))
    for run in (derivatives, tf.function(derivatives)):
        for one, other in zip(run(quick, x, kernel), expected, strict=True):
            assert one.dtype == x.dtype
            assert one.shape == other.shape
            error = np.abs(tf.cast(one, "float32") - other).max()
            assert error <= TOLERANCE[dtype] * np.abs(other).max()


def test_a_gpu_or_an_unknown_size_is_left_to_keras(monkeypatch):
    assert halving.is_available(tf.zeros((1, 4, 4, 3)))
    unknown = tf.TensorSpec((None, None, 4, 3))
    assert not halving.is_available(unknown)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert not halving.is_available(tf.zeros((1, 4, 4, 3)))
