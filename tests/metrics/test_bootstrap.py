"""Intervals of rates against SciPy's bootstrap and the normal approximation."""

import numpy as np
import pytest
from scipy import stats

from keras_facegan.errors import UserError
from keras_facegan.metrics.bootstrap import bootstrap_interval


def test_interval_is_scipys():
    values = np.random.default_rng(0).random(400) < 0.3
    expected = stats.bootstrap(
        (values.astype(float),), np.mean, n_resamples=5000, method="percentile"
    ).confidence_interval
    np.testing.assert_allclose(bootstrap_interval(values), expected, atol=0.01)


def test_interval_of_a_rate_is_the_normal_one():
    values = np.arange(1000) < 400
    half = 1.96 * np.sqrt(0.4 * 0.6 / 1000)
    np.testing.assert_allclose(bootstrap_interval(values), [0.4 - half, 0.4 + half], atol=0.004)
    narrow, wide = bootstrap_interval(values, 0.5), bootstrap_interval(values, 0.99)
    assert wide[0] < narrow[0] < 0.4 < narrow[1] < wide[1]


def test_order_does_not_matter_and_equal_values_leave_no_room():
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap_interval(values) == bootstrap_interval(values[::-1])
    assert bootstrap_interval(np.ones(20)) == (1, 1)


@pytest.mark.parametrize(("values", "confidence"), [([], 0.95), ([np.nan], 0.95), ([[1.0]], 0.95), ([1.0], 1.0)])
def test_what_has_no_interval_is_refused(values, confidence):
    with pytest.raises(UserError, match="must be"):
        bootstrap_interval(values, confidence)
