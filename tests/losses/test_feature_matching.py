"""Feature matching: the distance between two means, worked out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.losses.feature_matching import feature_matching

REAL = np.array([[1.0, 0.0, 4.0], [3.0, 2.0, 0.0]], "float32")
FAKE = np.array([[0.0, 1.0, 1.0], [1.0, 2.0, 3.0], [2.0, 3.0, 5.0]], "float32")
# The means are (2, 1, 2) and (1, 2, 3), so every gap is 1 but for its sign.


@pytest.mark.parametrize(("fake", "l2", "l1"), [(FAKE, 1.0, 1.0), (2 * FAKE, (0 + 9 + 16) / 3, 7 / 3), (REAL, 0, 0)])
def test_the_distance_of_two_means(fake, l2, l1):
    assert float(feature_matching(REAL, fake)) == pytest.approx(l2)
    assert float(feature_matching(REAL, fake, "l1")) == pytest.approx(l1)


def test_real_pictures_count_by_their_weights():
    # The first one three times as much: the mean is (1.5, 0.5, 3), the gaps 0.5, -1.5 and 0.
    weights = np.array([1.5, 0.5], "float32")
    assert float(feature_matching(REAL, FAKE, weights=weights)) == pytest.approx((0.25 + 2.25 + 0) / 3)
    assert float(feature_matching(REAL, FAKE, weights=np.ones(2, "float32"))) == pytest.approx(1.0)


def test_maps_count_place_by_place():
    real, fake = np.zeros((2, 2, 2, 1), "float32"), np.zeros((2, 2, 2, 1), "float32")
    # Means over places would be equal.
    real[:, 0, 0], fake[:, 1, 1] = 2.0, 2.0
    assert float(feature_matching(real, fake)) == pytest.approx((4 + 4) / 4)


def test_the_gradient_goes_to_the_generated_side_only():
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        loss = feature_matching(real, fake)
    of_real, of_fake = tape.gradient(loss, [real, fake])
    assert of_real is None
    # d/df of ((2 - m_1)^2 + (1 - m_2)^2 + (2 - m_3)^2) / 3 with m the mean of three rows, at m = (1, 2, 3).
    np.testing.assert_allclose(of_fake, np.tile(np.array([-2.0, 2.0, 2.0]) / 9, (3, 1)), rtol=1e-6)


def test_half_precision_is_not_what_it_computes_in():
    assert keras.ops.dtype(feature_matching(REAL, FAKE)) == "float32"
