"""Misleading pictures: how far they are changed, in which direction, and that a loss rises."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan import create_model
from keras_facegan.networks.misleading import misleading
from tests.models.pictures import drawn_people

IMAGES = np.random.default_rng(0).uniform(-0.8, 0.8, (6, 8, 8, 3)).astype("float32")


def length(change):
    return np.sqrt(np.square(change).mean(axis=(1, 2, 3)))


@pytest.mark.parametrize("size", [0.01, 0.1])
def test_on_a_plane_it_goes_uphill_from_a_random_start_and_no_further_than_asked(size):
    slope = np.random.default_rng(1).normal(size=IMAGES.shape).astype("float32")
    found = misleading(lambda x: ops.mean(slope * x), tf.constant(IMAGES), size, keras.random.SeedGenerator(0))
    change = np.asarray(found) - IMAGES
    assert length(change).max() <= size * (1 + 1e-4)
    # A start of length s at a right angle to the way up, as any is in many dimensions, leaves 1 / sqrt(1 + s^2) of it.
    along = (change * slope).mean(axis=(1, 2, 3)) / np.sqrt(np.square(slope).mean(axis=(1, 2, 3)))
    assert (along > size * 0.6).all() and along.mean() < size * 0.99
    again = misleading(lambda x: ops.mean(slope * x), tf.constant(IMAGES), size, keras.random.SeedGenerator(0))
    np.testing.assert_array_equal(found, again)


def test_pictures_stay_in_range_and_a_level_loss_moves_nothing_far():
    white = tf.ones((2, 4, 4, 3))
    seed = keras.random.SeedGenerator(0)
    assert np.asarray(misleading(ops.sum, white, 0.5, seed)).max() == 1
    found = misleading(lambda x: 0.0 * ops.sum(x), 0.0 * white, 0.5, seed)
    assert length(np.asarray(found)).max() <= 0.5


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_an_age_estimator_errs_more_on_them_and_learns_from_them(precision):
    images, people = drawn_people(32)
    age = np.repeat([20.0, 60.0], len(images) // 2).astype("float32")
    keras.config.set_dtype_policy(precision)
    try:
        model = create_model("age_estimator", "tiny", seed=0, perturbation=0.05)
        model.compile({"name": "adam", "learning_rate": 1e-3})
    finally:
        keras.config.set_dtype_policy("float32")

    def loss(x):
        return ops.mean(ops.square(model.estimator({"image": x}, training=False)["age"] - age))

    found = misleading(loss, tf.constant(images), 0.05, keras.random.SeedGenerator(0))
    assert float(loss(found)) > float(loss(images))
    before = [np.asarray(each).copy() for each in model.estimator.trainable_variables]
    logs = model.train_step({"image": tf.constant(images), "age": tf.constant(age)})
    assert np.isfinite([float(logs[term]) for term in model.terms]).all()
    if precision == "mixed_float16":
        # The first steps may only halve the loss scale.
        return
    assert any(
        (np.asarray(each) != old).any() for each, old in zip(model.estimator.trainable_variables, before, strict=True)
    )
