"""Signal-to-noise ratios against scikit-image's."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from keras_facegan.errors import UserError
from keras_facegan.metrics.signal_to_noise import psnr

RNG = np.random.default_rng(0)


def test_ratio_is_scikit_images():
    a, b = RNG.uniform(-1, 1, (2, 5, 12, 10, 3)).astype("float32")
    expected = [peak_signal_noise_ratio(x / 2 + 0.5, y / 2 + 0.5, data_range=1) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(psnr(a, b), expected, rtol=1e-6)


def test_a_constant_error_of_a_tenth_of_the_range_is_20_decibels():
    a = RNG.uniform(-1, 0.8, (1, 4, 4, 1))
    assert psnr(a, a + 0.2) == pytest.approx([20])
    assert psnr(a, a) == [np.inf]


def test_pictures_of_other_shapes_or_ranges_are_refused():
    with pytest.raises(UserError, match="must have one shape"):
        psnr(np.zeros((2, 4, 4, 3)), np.zeros((1, 4, 4, 3)))
    with pytest.raises(UserError, match=r"references must be in \[-1, 1\]"):
        psnr(np.zeros((1, 4, 4, 3)), np.full((1, 4, 4, 3), 2.0))
