"""The fast paths give what Keras' own operations give."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.seam import fused

EPSILON = 1e-5
# Relative to the largest value: rounding of float32, float16 and bfloat16.
TOLERANCE = {"float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}


@pytest.fixture
def values():
    random = np.random.default_rng(0)
    return {
        "x": random.normal(0.5, 2.0, (6, 5, 4, 3)).astype("float32"),
        "weight": random.normal(0.0, 1.0, (6, 5, 4, 3)).astype("float32"),
        "gamma": random.normal(1.0, 0.3, 3).astype("float32"),
        "beta": random.normal(0.0, 1.0, 3).astype("float32"),
        "mean": random.normal(0.0, 1.0, 3).astype("float32"),
        "variance": random.uniform(0.5, 2.0, 3).astype("float32"),
    }


def plain_batch_norm(x, gamma, beta, epsilon):
    wide = ops.cast(x, "float32")
    mean, variance = ops.moments(wide, axes=[0, 1, 2])
    return ops.cast(ops.batch_normalization(wide, mean, variance, -1, beta, gamma, epsilon), x.dtype), mean, variance


def plain_normalize(x, gamma, beta, mean, variance, epsilon):
    wide = ops.cast(x, "float32")
    return ops.cast(ops.batch_normalization(wide, mean, variance, -1, beta, gamma, epsilon), x.dtype)


def assert_near(actual, expected, tolerance):
    actual, expected = (np.asarray(ops.cast(each, "float32")) for each in (actual, expected))
    assert np.abs(actual - expected).max() <= tolerance * np.abs(expected).max()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_batch_norm_equals_keras(values, dtype):
    x = tf.cast(values["x"], dtype)
    assert fused.batch_norm_is_fused(x)
    actual = fused.batch_norm(x, values["gamma"], values["beta"], EPSILON)
    expected = plain_batch_norm(x, values["gamma"], values["beta"], EPSILON)
    assert actual[0].dtype == x.dtype
    for one, other in zip(actual, expected, strict=True):
        assert_near(one, other, TOLERANCE[dtype])
    # Moments are float32 in every precision.
    for one, other in zip(actual[1:], expected[1:], strict=True):
        assert_near(one, other, 1e-5)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_normalize_equals_keras(values, dtype):
    x = tf.cast(values["x"], dtype)
    arguments = [values[name] for name in ("gamma", "beta", "mean", "variance")]
    actual = fused.normalize(x, *arguments, EPSILON)
    assert actual.dtype == x.dtype
    assert_near(actual, plain_normalize(x, *arguments, EPSILON), TOLERANCE[dtype])


def gradients_of_gradients(norm, x, gamma, beta, weight):
    """First gradients of a squared output, then those of the squared norm of the first."""
    with tf.GradientTape() as outer:
        outer.watch([x, gamma, beta])
        with tf.GradientTape() as inner:
            inner.watch([x, gamma, beta])
            loss = tf.reduce_sum(weight * tf.square(tf.cast(norm(x, gamma, beta), "float32")))
        first = inner.gradient(loss, [x, gamma, beta])
        norms = tf.add_n([tf.reduce_sum(tf.square(tf.cast(each, "float32"))) for each in first])
    return first + outer.gradient(norms, [x, gamma, beta])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("compiled", [True, False])
def test_first_and_second_gradients_equal_keras(values, dtype, training, compiled):
    x, gamma, beta = tf.cast(values["x"], dtype), tf.constant(values["gamma"]), tf.constant(values["beta"])

    def norm(function):
        if training:
            return lambda x, gamma, beta: function(x, gamma, beta, EPSILON)[0]
        return lambda x, gamma, beta: function(x, gamma, beta, values["mean"], values["variance"], EPSILON)

    run = tf.function(gradients_of_gradients) if compiled else gradients_of_gradients
    quick, plain = (fused.batch_norm, plain_batch_norm) if training else (fused.normalize, plain_normalize)
    actual = run(norm(quick), x, gamma, beta, values["weight"])
    expected = run(norm(plain), x, gamma, beta, values["weight"])
    for one, other in zip(actual, expected, strict=True):
        assert_near(one, other, TOLERANCE[dtype])


def test_one_value_a_channel_has_no_variance():
    y, mean, variance = fused.batch_norm(tf.fill((1, 1, 1, 2), 3.0), [1.0, 2.0], [0.5, -0.5], EPSILON)
    np.testing.assert_allclose(y[0, 0, 0], [0.5, -0.5], atol=1e-6)
    np.testing.assert_array_equal(mean, [3.0, 3.0])
    np.testing.assert_array_equal(variance, [0.0, 0.0])


def test_other_ranks_and_dtypes_are_left_to_keras():
    assert not fused.batch_norm_is_fused(tf.zeros((4, 3)))
    assert not fused.batch_norm_is_fused(tf.zeros((4, 2, 2, 3), "float64"))
