"""Bits a value of distributions that can be worked out."""

import numpy as np
import pytest

from keras_facegan.metrics.likelihood import bits_per_dim


def test_the_uniform_distribution_over_256_values_has_8_bits_in_any_unit():
    assert bits_per_dim(100 * np.log(256), 100) == pytest.approx(8)
    assert bits_per_dim(0.0, 100, level_width=1 / 256) == pytest.approx(8)
    # Uniform over a range of 256 / 127.5.
    density = 100 * np.log(256 / 127.5)
    np.testing.assert_allclose(bits_per_dim(np.array([density]), 100, level_width=1 / 127.5), [8])


def test_a_sure_model_needs_no_bits():
    assert bits_per_dim(0.0, 784) == 0
