"""Age labels against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.losses.ages import soft_labels


def test_soft_labels_are_normal_densities_over_years():
    labels = soft_labels(tf.constant([30.0, 0.0, 116.0]), 2.0).numpy()
    np.testing.assert_allclose(labels.sum(1), 1.0, rtol=1e-5)
    years = np.arange(101)
    assert labels[0] @ years == pytest.approx(30.0, abs=1e-3)
    assert np.sqrt(labels[0] @ (years - 30.0) ** 2) == pytest.approx(2.0, rel=1e-3)
    assert labels[1].argmax() == 0 and labels[2].argmax() == 100


def test_without_sigma_the_nearest_year_takes_all():
    labels = soft_labels(tf.constant([30.4, 101.0, 7.0]), 0.0).numpy()
    np.testing.assert_array_equal(labels.argmax(1), [30, 100, 7])
    np.testing.assert_array_equal(labels.max(1), 1.0)
