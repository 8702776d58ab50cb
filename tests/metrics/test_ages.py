"""Errors of ages against loops, and correlations against SciPy."""

import numpy as np
import pytest
from scipy import stats

from keras_facegan.errors import UserError
from keras_facegan.metrics.ages import by_decade, mean_absolute_error, path_correlation


def test_decades_split_the_whole():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 117, 500)
    estimated = truth + rng.normal(2, 5, 500)
    rows = by_decade(estimated, truth)
    assert [row["ages"] for row in rows][:2] == ["0-9", "10-19"] and rows[-1]["ages"] == "80+"
    counts = np.array([row["count"] for row in rows])
    assert counts.sum() == 500
    total = sum(row["count"] * row["mae"] for row in rows) / 500
    assert total == pytest.approx(mean_absolute_error(estimated, truth)) == pytest.approx(abs(estimated - truth).mean())
    thirties = (truth >= 30) & (truth < 40)
    assert rows[3]["bias"] == pytest.approx((estimated - truth)[thirties].mean())


def test_decades_without_pictures_are_left_out():
    assert by_decade([5.0, 99.0], [7, 99]) == [
        {"ages": "0-9", "count": 1, "mae": 2.0, "bias": -2.0},
        {"ages": "80+", "count": 1, "mae": 0.0, "bias": 0.0},
    ]


def test_correlations_are_scipys():
    ages, groups = np.random.default_rng(0).uniform(20, 60, (5, 4)), [25, 35, 45, 58]
    expected = [stats.pearsonr(row, groups).statistic for row in ages]
    np.testing.assert_allclose(path_correlation(ages, groups), expected)
    assert path_correlation([[30.0, 30.0]], [20, 40]) == 0
    assert path_correlation([[30.0, 50.0]], [20, 40]) == pytest.approx(1)


@pytest.mark.parametrize(("estimated", "truth"), [([], []), ([1.0], [1.0, 2.0]), ([np.nan], [1.0])])
def test_what_are_no_ages_is_refused(estimated, truth):
    with pytest.raises(UserError, match="true ages must be"):
        mean_absolute_error(estimated, truth)
    with pytest.raises(UserError, match="different groups"):
        path_correlation([[1.0, 2.0]], [3, 3])
