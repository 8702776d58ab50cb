"""Distance and stability of two loss curves, against curves whose values are known."""

import numpy as np
import pytest

from keras_facegan.metrics.stability import loss_distance, moving_average, settling_step


def test_moving_average_is_the_mean_of_each_window():
    np.testing.assert_allclose(moving_average([1, 2, 3, 10], 2), [1.5, 2.5, 6.5])


def test_settling_needs_an_unbroken_run():
    assert settling_step([True, True, False, True, True, True], 3) == 3
    assert settling_step([True, False] * 5, 2) is None
    assert settling_step([True] * 4, 4) == 0


def test_distance_settles_where_the_losses_meet():
    d_loss = np.full(1000, 1.386)
    g_loss = np.where(np.arange(1000) < 200, 5.0, 0.693)
    found = loss_distance(d_loss, g_loss)
    # The average over 20 steps falls under 1 when fewer than two of them are the old, far ones.
    far, near = 5.0 - 1.386, 1.386 - 0.693
    old = int((1.0 - near) / (far - near) * 20)
    assert found["settled_at"] == 200 - old + 1
    assert found["distance_mean"] == pytest.approx(near, abs=0.02)
    assert found["d_loss_std"] == pytest.approx(0.0, abs=1e-12)


def test_distance_that_never_settles_says_so():
    found = loss_distance(np.full(300, 3.0), np.zeros(300))
    assert found["settled_at"] is None
    assert found["distance_mean"] == pytest.approx(3.0)


def test_swing_and_oscillation_of_a_square_wave():
    wave = 1.0 + 0.2 * (-1.0) ** np.arange(1000)
    found = loss_distance(wave, np.full(1000, 1.0))
    assert found["settled_at"] == 1
    assert found["d_loss_std"] == pytest.approx(0.2, rel=1e-6)
    assert found["d_oscillation"] == pytest.approx(0.4, rel=1e-6)
    assert found["g_oscillation"] == 0.0
