"""How the first GANs begin."""

import keras
import numpy as np

from keras_facegan.networks.mlp import start_at_mean_picture, uniform_kernel


def test_kernels_are_uniform_and_never_shared():
    first, second = (np.asarray(uniform_kernel(0.05)((100, 100))) for _ in range(2))
    assert np.abs(first).max() <= 0.05 and np.abs(first.std() - 0.05 / np.sqrt(3)) < 1e-3
    assert (first != second).any()


def test_the_bias_gives_the_mean_picture():
    images = np.random.default_rng(0).integers(0, 256, (9, 2, 3, 1), dtype=np.uint8)
    images[:, 0, 0], images[:, 1, 1] = 0, 255
    bias = keras.Variable(np.zeros(6, "float32"))
    start_at_mean_picture(bias, images)
    mean = 1 / (1 + np.exp(-np.asarray(bias, "float64")))
    expected = images.mean(axis=0).reshape(-1) / 255
    # A pixel that is always black or white has no finite logit.
    np.testing.assert_allclose(mean, np.clip(expected, 1e-3, 1 - 1e-3), rtol=1e-5)
