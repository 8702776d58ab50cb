"""Random views: what moves, what is blurred, how much noise there is, no colours, and that gradients come back."""

import keras
import numpy as np
import tensorflow as tf

from keras_facegan.networks import views


def test_views_are_shifted_blurred_and_noisy_within_their_limits():
    side, seed = 32, keras.random.SeedGenerator(0)
    image = np.zeros((64, side, side, 1), "float32")
    image[:, 15:17, 15:17] = 1.0
    shifts, noises = [], []
    for _ in range(40):
        seen = np.asarray(views.random_views(tf.constant(image), seed))
        assert seen.shape == image.shape and np.abs(seen).max() <= 1
        total = np.clip(seen.mean(axis=0)[..., 0], 0.02, None) - 0.02
        shifts.append([(total.sum(axis=1 - axis) @ np.arange(side)) / total.sum() - 15.5 for axis in (0, 1)])
        noises.append(seen[:, :8, :8].std(axis=(1, 2, 3)))
    whole = np.round(shifts)
    assert np.abs(np.array(shifts) - whole).max() < 0.2 and set(np.unique(whole)) == {-2, -1, 0, 1, 2}
    noises = np.concatenate(noises)
    # Noise on [0, 1] is twice as large on [-1, 1].
    assert noises.min() < 0.01 and 0.09 < noises.max() < 0.14


def test_blur_differs_from_picture_to_picture(monkeypatch):
    monkeypatch.setattr(views, "NOISE", 0.0)
    image = np.zeros((64, 32, 32, 1), "float32")
    image[:, 15:17, 15:17] = 1.0
    seen = np.asarray(views.random_views(tf.constant(image), keras.random.SeedGenerator(0)))
    np.testing.assert_allclose(seen.sum(axis=(1, 2, 3)), np.asarray(views.without_colours(image)).sum() / 64, rtol=1e-4)
    peaks = seen.max(axis=(1, 2, 3))
    assert peaks.max() > 0.95 and peaks.min() < 0.6


def test_equal_seeds_give_equal_views_and_gradients_pass_through():
    image = tf.constant(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 16, 16, 3)).astype("float32"))
    first, again = (views.random_views(image, keras.random.SeedGenerator(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = tf.reduce_sum(views.random_views(image, keras.random.SeedGenerator(7)))
    gradient = np.asarray(tape.gradient(loss, image))
    # Blur spreads, a border that is mirrored counts twice, one that is left out counts little.
    assert np.linalg.norm(gradient[:, 4:12, 4:12], axis=-1).min() > 0.9


def test_views_ask_a_pixel_to_be_lighter_in_its_own_colour():
    image = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 8, 8, 3)).astype("float32")
    with tf.GradientTape() as tape:
        seen = views.without_colours(variable := tf.Variable(image))
        total = tf.reduce_sum(seen)
    unit = image / 2 + 0.5
    expected = np.sqrt((unit**2).mean(axis=-1, keepdims=True)) * 2 - 1
    np.testing.assert_allclose(seen, np.repeat(expected, 3, axis=-1), atol=1e-4)
    gradient = np.asarray(tape.gradient(total, variable))
    cosine = (gradient * unit).sum(axis=-1) / np.linalg.norm(gradient, axis=-1) / np.linalg.norm(unit, axis=-1)
    np.testing.assert_allclose(cosine, 1, rtol=1e-5)


def test_views_have_no_colours_but_those_of_noise(monkeypatch):
    monkeypatch.setattr(views, "NOISE", 0.0)
    image = tf.constant(np.random.default_rng(0).uniform(-0.9, 0.9, (4, 16, 16, 3)).astype("float32"))
    seen = np.asarray(views.random_views(image, keras.random.SeedGenerator(0)))
    np.testing.assert_allclose(seen, np.repeat(seen[..., :1], 3, axis=-1), atol=1e-6)
    assert seen.std() > 0.1


def test_a_black_picture_has_a_finite_gradient():
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(views.without_colours(black := tf.Variable(-tf.ones((1, 2, 2, 3)))))
    assert np.isfinite(np.asarray(tape.gradient(total, black))).all()
