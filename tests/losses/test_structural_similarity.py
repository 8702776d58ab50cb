"""SSIM against scikit-image's, and its slope."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from skimage.metrics import structural_similarity

from keras_facegan.losses.structural_similarity import ssim

RNG = np.random.default_rng(0)


def smooth(*shape):
    return np.clip(2 * ndimage.gaussian_filter(RNG.normal(size=shape), (0, 2, 2, 0)[-len(shape) :]), -1, 1)


@pytest.mark.parametrize(("height", "width", "channels"), [(32, 32, 3), (24, 40, 1)])
def test_ssim_is_scikit_images(height, width, channels):
    a = smooth(2, height, width, channels).astype("float32")
    b = np.clip(a + 0.2 * RNG.normal(size=a.shape), -1, 1).astype("float32")
    for x, y, found in zip(a, b, ssim(tf.constant(a), tf.constant(b)).numpy(), strict=True):
        _, local = structural_similarity(
            x / 2 + 0.5, y / 2 + 0.5, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            channel_axis=-1, full=True,
        )  # fmt: skip
        # scikit-image pads the border; ours has only places where the window fits.
        assert found == pytest.approx(local[5:-5, 5:-5].mean(), abs=1e-4)


def test_equal_pictures_are_alike_and_inverted_ones_are_not():
    a = tf.constant(smooth(2, 20, 20, 3).astype("float32"))
    np.testing.assert_allclose(ssim(a, a), 1.0, rtol=1e-5)
    assert float(tf.reduce_max(ssim(a, -a))) < 0


def test_the_gradient_is_the_slope():
    a, b = (tf.constant(smooth(1, 16, 16, 1).astype("float32")) for _ in range(2))
    with tf.GradientTape() as tape:
        tape.watch(a)
        y = ssim(a, b)[0]
    gradient = tape.gradient(y, a)
    step = 1e-2
    slope = (ssim(a + step * gradient, b) - ssim(a - step * gradient, b))[0] / (2 * step)
    assert float(slope) == pytest.approx(float(tf.reduce_sum(gradient**2)), rel=1e-2)


def test_it_bears_products_of_the_10_bits_of_tf32(monkeypatch):
    def rounded(x):
        bits = np.asarray(x, "float32").view("uint32")
        return ((bits + 0x1000) & np.uint32(0xFFFFE000)).view("float32")

    product = keras.ops.tensordot
    monkeypatch.setattr(keras.ops, "tensordot", lambda a, b, axes: product(rounded(a), rounded(b), axes))
    # Flat pictures of every grey: the local variance is the rounding alone.
    greys = np.linspace(-1, 1, 401, dtype="float32")[:, None, None, None]
    flat = greys * np.ones((1, 12, 12, 1), "float32")
    found = np.asarray(ssim(flat, np.clip(flat + 0.01, -1, 1)))
    # Without a floor of the variances the quotient passes through infinity.
    assert np.abs(found).max() < 3
