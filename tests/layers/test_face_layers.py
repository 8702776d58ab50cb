"""Layers of the identity and age networks against NumPy and TensorFlow's own kernels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.errors import UserError
from keras_facegan.layers.calibration import Calibration
from keras_facegan.layers.cosine import ClassCosines
from keras_facegan.layers.expectation import Expectation
from keras_facegan.layers.l2_pool import L2Pooling
from keras_facegan.layers.local_response import LocalResponseNormalization
from keras_facegan.layers.maxout import Maxout

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("strides", [1, 2])
def test_l2_pooling_is_the_root_of_the_mean_square(strides):
    x = RNG.normal(size=(2, 7, 7, 3)).astype("float32")
    found = np.asarray(L2Pooling(3, strides)(x))
    rows = range(0, 7, strides)
    for i, row in enumerate(rows):
        for j, column in enumerate(rows):
            window = x[:, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            np.testing.assert_allclose(found[:, i, j], np.sqrt(np.mean(window**2, axis=(1, 2))), rtol=1e-5)


def test_l2_pooling_of_nothing_has_a_finite_gradient():
    x = tf.zeros((1, 4, 4, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(L2Pooling()(x))
    assert np.isfinite(tape.gradient(y, x)).all()


def test_local_response_is_tensorflows():
    x = RNG.normal(size=(2, 3, 3, 16)).astype("float32")
    for settings in ({}, {"depth_radius": 2, "bias": 2.0, "alpha": 1e-2, "beta": 0.75}):
        found = LocalResponseNormalization(**settings)(x)
        kernel = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5} | settings
        np.testing.assert_allclose(found, tf.nn.local_response_normalization(x, **kernel), rtol=1e-5)


def test_maxout_takes_the_largest_of_neighbours():
    x = np.array([[1.0, 5.0, -2.0, -3.0, 0.0, 0.5]], "float32")
    np.testing.assert_array_equal(Maxout(2)(x), [[5.0, -2.0, 0.5]])
    np.testing.assert_array_equal(Maxout(3)(x), [[5.0, 0.5]])


def test_expectation_is_the_mean_of_the_distribution():
    logits = RNG.normal(scale=3, size=(4, 101))
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = Expectation()(logits.astype("float16").astype("float32"))
    np.testing.assert_allclose(found, share @ np.arange(101), rtol=2e-3)
    sure = np.full((1, 101), -50.0, "float32")
    sure[0, 37] = 50.0
    np.testing.assert_allclose(Expectation()(sure), [37.0])


def test_class_cosines_are_of_unit_centres():
    layer = ClassCosines(5)
    x = RNG.normal(size=(3, 8)).astype("float32")
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = np.asarray(layer(x))
    centres = np.asarray(layer.centres)
    np.testing.assert_allclose(found, x @ (centres / np.linalg.norm(centres, axis=0)), rtol=1e-5, atol=1e-6)
    layer.centres.assign(100 * centres)
    np.testing.assert_allclose(layer(x), found, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        L2Pooling(3, 2),
        LocalResponseNormalization(alpha=0.1),
        Maxout(3),
        Expectation(),
        ClassCosines(7),
    ],
)
def test_layers_come_back_from_their_config(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer) and again.get_config() == layer.get_config()


def calibrated(count=20_000):
    layer = Calibration()
    layer.build(None)
    rng = np.random.default_rng(1)
    genuine, impostor = rng.normal(0.8, 0.2, count), rng.normal(1.8, 0.2, count)
    layer.fit(genuine, impostor)
    return layer, genuine, impostor


@pytest.mark.parametrize("far", [1e-3, 1e-2, 0.1, 0.5])
def test_a_calibration_gives_back_the_rates_of_its_pairs(far):
    layer, genuine, impostor = calibrated()
    threshold, accepted = layer.threshold(far)
    assert np.mean(impostor < threshold) == pytest.approx(far, rel=0.02, abs=1e-4)
    assert np.mean(genuine < threshold) == pytest.approx(accepted, abs=2e-3)


def test_a_calibration_refuses_rates_that_it_never_saw():
    layer, _, _ = calibrated(1000)
    with pytest.raises(UserError, match="saw 1,000 impostor pairs"):
        layer.threshold(1e-3)
    with pytest.raises(UserError, match="far must be"):
        layer.threshold(1.0)
    empty = Calibration()
    empty.build(None)
    for ask in (lambda: empty.threshold(0.1), empty.scale):
        with pytest.raises(UserError, match="never calibrated"):
            ask()
