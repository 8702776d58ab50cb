"""Structural similarity against scikit-image's and, at several scales, TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from skimage.metrics import structural_similarity

from keras_facegan.errors import UserError
from keras_facegan.metrics.similarity import SCALES, multiscale_ssim, ssim

RNG = np.random.default_rng(0)


def pair(n, height, width, channels, noise=0.3):
    a = np.clip(3 * ndimage.gaussian_filter(RNG.normal(size=(n, height, width, channels)), (0, 2, 2, 0)), -1, 1)
    return a.astype("float32"), np.clip(a + noise * RNG.normal(size=a.shape), -1, 1).astype("float32")


@pytest.mark.parametrize(("height", "width", "channels"), [(32, 32, 3), (24, 40, 1), (11, 11, 3)])
def test_similarity_is_scikit_images(height, width, channels):
    a, b = pair(3, height, width, channels)
    for x, y, found in zip(*(each.astype("float64") / 2 + 0.5 for each in (a, b)), ssim(a, b), strict=True):
        _, local = structural_similarity(
            x, y, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1,
            full=True,
        )  # fmt: skip
        # scikit-image pads the border; ours has only places where the window fits.
        assert found == pytest.approx(local[5:-5, 5:-5].mean(), rel=1e-9)


@pytest.mark.parametrize(("side", "scales"), [(176, 5), (64, 3), (28, 2)])
def test_similarity_at_several_scales_is_tensorflows(side, scales):
    a, b = pair(2, side, side, 3)
    weights = np.array(SCALES[:scales]) / np.sum(SCALES[:scales])
    expected = tf.image.ssim_multiscale(a / 2 + 0.5, b / 2 + 0.5, max_val=1.0, power_factors=weights.tolist())
    found = multiscale_ssim(a, b)
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert (found < 0.99).all() and (found > 0.05).all()


def test_equal_pictures_are_alike_and_inverted_ones_are_not():
    a, _ = pair(2, 48, 48, 3)
    np.testing.assert_allclose(ssim(a, a), 1, rtol=1e-9)
    np.testing.assert_allclose(multiscale_ssim(a, a), 1, rtol=1e-9)
    assert (ssim(a, -a) < 0).all()
    np.testing.assert_allclose(multiscale_ssim(a, -a), 0, atol=1e-12)


@pytest.mark.parametrize("measure", [ssim, multiscale_ssim])
def test_pictures_smaller_than_the_window_are_refused(measure):
    with pytest.raises(UserError, match=r"at least 11 pixels high and wide, got \(10, 20\)"):
        measure(np.zeros((1, 10, 20, 3)), np.zeros((1, 10, 20, 3)))
    with pytest.raises(UserError, match="must have one shape"):
        measure(np.zeros((1, 20, 20, 3)), np.zeros((1, 20, 20, 1)))
