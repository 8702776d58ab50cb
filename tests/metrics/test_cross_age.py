"""Recognition across ages: distances on a circle, whose angles tell who is nearer, and bad input."""

import numpy as np
import pytest

from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.metrics.cross_age import cross_age_recognition


def at(*degrees):
    """Unit vectors (n, 2) at angles."""
    angles = np.radians(np.array(degrees, "float64"))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_nearer_photos_are_counted_with_their_interval():
    old = at(0, 90, 180, 270)
    result = cross_age_recognition(at(20, 110, 150, 250), at(10, 95, 179, 230), old)
    # 10, 5 and 1 degrees are nearer than 20, 20 and 30; 40 are not nearer than 20.
    assert (result.people, result.nearer) == (4, 0.75)
    # Wilson: (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4 n^2)) / (1 + z^2 / n)
    z, p, n = 1.959964, 0.75, 4
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    expected = np.array([middle - half, middle + half]) / (1 + z**2 / n)
    np.testing.assert_allclose([result.low, result.high], expected, rtol=1e-5)


def test_areas_are_shares_of_couples_of_pairs_in_the_right_order():
    young, aged, old = at(0, 50, 100), at(0, 100, 200), at(10, 120, 190)
    result = cross_age_recognition(young, aged, old)

    def share(photos):
        gaps = np.square(photos[:, None] - old).sum(axis=-1)
        genuine, impostor = np.diag(gaps), gaps[~np.eye(3, dtype=bool)]
        return (genuine[:, None] < impostor).mean()

    assert result.auc_young == pytest.approx(share(young)) and result.auc_aged == pytest.approx(share(aged))
    assert result.auc_aged == 1 and 0.4 < result.auc_young < 0.9


def test_photos_that_ageing_leaves_alone_are_not_nearer():
    young, old = at(0, 90), at(30, 60)
    result = cross_age_recognition(young, young, old)
    assert result.nearer == 0 and result.auc_aged == result.auc_young == 1


def test_wrong_arrays_are_named():
    with pytest.raises(UserError, match=r"young \(2, 2\), aged \(3, 2\) and old \(2, 2\) must be"):
        cross_age_recognition(at(0, 1), at(0, 1, 2), at(0, 1))
    with pytest.raises(TooFewPicturesError, match="needs two people or more, got 1"):
        cross_age_recognition(at(0), at(0), at(0))
