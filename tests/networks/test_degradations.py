"""What spoils pictures, against NumPy and SciPy, and that gradients pass through it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from keras_facegan.errors import UserError
from keras_facegan.networks import degradations
from keras_facegan.networks.degradations import Degradation

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (4, 16, 24, 3)).astype("float32")


def seed():
    return keras.random.SeedGenerator(3)


def test_small_pictures_hold_the_means_of_squares_of_pixels():
    expected = IMAGES.reshape(4, 4, 4, 6, 4, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(Degradation("sr4")(IMAGES, seed())["image"], expected, atol=1e-6)
    assert degradations.shrink(IMAGES[:, :15, :23], 2).shape == (4, 7, 11, 3)


def test_noise_has_its_standard_deviation_on_values_from_0_to_1_and_is_clipped():
    grey = np.zeros((1, 200, 200, 3), "float32")
    noisy = degradations.add_noise(grey, 0.1, seed())
    assert np.std(noisy) / 2 == pytest.approx(0.1, rel=0.02) and np.mean(noisy) == pytest.approx(0, abs=0.003)
    assert np.abs(degradations.add_noise(grey + 0.9, 0.5, seed())).max() == 1.0


def test_every_picture_has_noise_of_its_own_strength_within_the_range():
    spoilt = Degradation("denoise", noise=(0.02, 0.12))(np.zeros((64, 40, 40, 3), "float32"), seed())["image"]
    sigmas = np.std(spoilt, axis=(1, 2, 3)) / 2
    assert 0.018 < sigmas.min() < 0.035 and 0.105 < sigmas.max() < 0.125


def test_the_gaussian_has_nine_pixels_and_is_that_of_scipy():
    kernel = degradations.gaussian_kernel(2.0)
    assert kernel.shape == (9, 9) and kernel.sum() == pytest.approx(1.0, abs=1e-6)
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    np.testing.assert_allclose(kernel, ndimage.gaussian_filter(impulse, 2.0, radius=4)[11:20, 11:20], atol=1e-7)


def test_blur_mirrors_the_border():
    kernel = degradations.gaussian_kernel(1.0)
    expected = np.stack(
        [np.stack([ndimage.convolve(each[..., c], kernel, mode="mirror") for c in range(3)], -1) for each in IMAGES]
    )
    np.testing.assert_allclose(degradations.blur(tf.constant(IMAGES), kernel), expected, atol=1e-5)


def test_a_picture_smaller_than_half_the_kernel_is_refused():
    kernel = degradations.gaussian_kernel(2.0)
    with pytest.raises(UserError, match="blur of 9 x 9 pixels needs pictures of at least 5 x 5, got 24 x 4"):
        degradations.blur(tf.constant(IMAGES[:, :4]), kernel)
    assert degradations.blur(tf.constant(IMAGES[:, :5]), kernel).shape == (4, 5, 24, 3)


def test_holes_are_rectangles_of_an_eighth_to_three_eighths_at_any_place():
    known = np.asarray(degradations.draw_known((400, 32, 64, 3), seed()))[..., 0]
    assert set(np.unique(known)) == {0.0, 1.0}
    heights, widths, seen = set(), set(), np.zeros((32, 64))
    for mask in known:
        rows, columns = np.flatnonzero((mask == 0).any(axis=1)), np.flatnonzero((mask == 0).any(axis=0))
        # A rectangle: all that lies in its rows and columns.
        assert (mask[np.ix_(rows, columns)] == 0).all() and (mask == 0).sum() == len(rows) * len(columns)
        heights.add(len(rows))
        widths.add(len(columns))
        seen += mask == 0
    assert heights == set(range(4, 12)) and min(widths) == 8 and max(widths) == 23
    # A corner is hidden where a hole touches both of its sides, which is rare.
    assert (seen > 0).mean() > 0.97


def test_what_is_hidden_is_middle_grey():
    spoilt = Degradation("inpaint")(tf.constant(IMAGES), seed())
    image, known = (np.asarray(spoilt[name]) for name in ("image", "known"))
    np.testing.assert_array_equal(image, IMAGES * known)
    assert known.shape == (4, 16, 24, 1)


@pytest.mark.parametrize("task", ["sr2", "sr4", "denoise", "deblur", "inpaint"])
def test_gradients_pass_and_draws_follow_the_seed(task):
    degradation = Degradation(task)
    x = tf.constant(0.5 * IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(degradation(x, seed())["image"])
    gradient = tape.gradient(total, x).numpy()
    assert np.isfinite(gradient).all() and (gradient != 0).mean() > 0.8
    first, again = (degradation(x, seed()) for _ in range(2))
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
    moving = seed()
    one, other = (np.asarray(degradation(x, moving)["image"]) for _ in range(2))
    assert (one != other).any() == (task not in ("sr2", "sr4"))
