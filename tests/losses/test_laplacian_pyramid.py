"""The Laplacian pyramid and its distance, against SciPy and against values worked out by hand."""

import numpy as np
import pytest
from scipy import ndimage

from keras_facegan.losses.laplacian_pyramid import blur, laplacian_distance, laplacian_pyramid


def pictures(seed, side=16):
    return np.random.default_rng(seed).uniform(-1, 1, (3, side, side, 2)).astype("float32")


def blurred(x):
    weights = np.exp(-0.5 * (np.arange(-2, 3) / 2.0) ** 2)
    weights /= weights.sum()
    for axis in (1, 2):
        x = ndimage.correlate1d(x, weights, axis, mode="nearest")
    return x


def test_the_blur_is_a_gaussian_that_repeats_the_border():
    np.testing.assert_allclose(blur(pictures(0)), blurred(pictures(0)), atol=1e-6)


def test_a_pyramid_holds_what_every_blur_takes_away():
    x = pictures(0)
    pyramid = laplacian_pyramid(x)
    assert [each.shape[1] for each in pyramid] == [16, 8, 4, 2]
    for scale in pyramid[:-1]:
        low = blurred(x)
        np.testing.assert_allclose(scale, x - low, atol=1e-5)
        x = low.reshape(3, low.shape[1] // 2, 2, low.shape[2] // 2, 2, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(pyramid[-1], x, atol=1e-5)


def test_the_distance_adds_the_mean_difference_of_every_scale():
    a, b = pictures(0), pictures(1)
    pairs = zip(laplacian_pyramid(a), laplacian_pyramid(b), strict=True)
    expected = sum(np.abs(np.asarray(x) - np.asarray(y)).mean(axis=(1, 2, 3)) for x, y in pairs)
    np.testing.assert_allclose(laplacian_distance(a, b), expected, rtol=1e-5)
    np.testing.assert_array_equal(laplacian_distance(a, a), np.zeros(3))


def test_a_constant_difference_is_seen_by_the_last_scale_alone():
    a = pictures(0)
    np.testing.assert_allclose(laplacian_distance(a, a + 0.25), 0.25, rtol=1e-5)


def test_one_edge_by_hand():
    # A picture that is 0 on the left and 1 on the right, at one scale. w = weights at distance 0, 1, 2.
    a = np.zeros((1, 8, 8, 1), "float32")
    a[:, :, 4:] = 1.0
    w = np.exp(-0.5 * (np.array([0, 1, 2]) / 2.0) ** 2)
    w = w / (w[0] + 2 * w[1] + 2 * w[2])
    # What leaks over the edge: to the nearest column w1 + w2, to the next one w2.
    near, far = w[1] + w[2], w[2]
    edges = 2 * (near + far) / 8
    low = (0 + (near + far) / 2 + (1 - (near + far) / 2) + 1) / 4
    assert float(laplacian_distance(a, np.zeros_like(a), levels=1)[0]) == pytest.approx(edges + low, rel=1e-5)
