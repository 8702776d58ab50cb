"""Perceptual distance against values worked out by hand and a loop over places."""

import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.metrics.perceptual import perceptual_distance

RNG = np.random.default_rng(0)


def test_directions_count_and_lengths_do_not():
    a = np.array([3.0, 4.0]).reshape(1, 1, 1, 2)
    assert perceptual_distance([a], [10 * a]) == pytest.approx([0])
    # Opposite directions are 2 apart: 4, shared by two channels.
    assert perceptual_distance([a], [-a]) == pytest.approx([2])
    assert perceptual_distance([a, a], [-a, a]) == pytest.approx([2])


def test_stages_of_several_sizes_are_those_of_a_loop():
    a = [RNG.normal(size=(3, 8, 6, 5)), RNG.normal(size=(3, 2, 2, 9)).astype("float32")]
    b = [RNG.normal(size=each.shape) for each in a]
    expected = np.zeros(3)
    for x, y in zip(a, b, strict=True):
        for n, i, j in np.ndindex(x.shape[:3]):
            apart = x[n, i, j] / np.linalg.norm(x[n, i, j]) - y[n, i, j] / np.linalg.norm(y[n, i, j])
            expected[n] += (apart @ apart) / x.shape[3] / (x.shape[1] * x.shape[2])
    np.testing.assert_allclose(perceptual_distance(a, b), expected, rtol=1e-6)
    np.testing.assert_allclose(perceptual_distance([each[1:2] for each in a], [each[1:2] for each in b]), expected[1:2])


def test_dead_features_are_at_no_distance():
    assert perceptual_distance([np.zeros((1, 2, 2, 3))], [np.zeros((1, 2, 2, 3))]) == [0]


@pytest.mark.parametrize(
    ("a", "b"),
    [([], []), ([np.zeros((1, 2, 2, 3))], [np.zeros((1, 2, 2, 4))]), ([np.zeros((2, 3))], [np.zeros((2, 3))])],
)
def test_what_are_no_feature_maps_is_refused(a, b):
    with pytest.raises(UserError, match="must be lists of arrays"):
        perceptual_distance(a, b)
    with pytest.raises(UserError, match="NaN"):
        perceptual_distance([np.full((1, 1, 1, 2), np.nan)], [np.zeros((1, 1, 1, 2))])
