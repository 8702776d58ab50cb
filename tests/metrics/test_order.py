"""The order of a draw is a matter of the set and the seed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_facegan.metrics.order import shuffled


@given(st.integers(1, 60), st.integers(0, 5), st.integers(0, 1000))
def test_the_same_rows_come_in_the_same_order_however_they_are_stored(n, seed, shuffle):
    rows = np.random.default_rng(7).normal(size=(n, 2, 3))
    stored = np.random.default_rng(shuffle).permutation(rows)
    order = shuffled(stored, seed)
    assert sorted(order) == list(range(n))
    np.testing.assert_array_equal(stored[order], rows[shuffled(rows, seed)])


def test_another_seed_is_another_order_and_none_is_that_of_the_values():
    rows = np.arange(1000.0)[:, None]
    first, second = shuffled(rows, 0), shuffled(rows, 1)
    assert (first == second).mean() < 0.05
    assert abs(np.corrcoef(first, np.arange(1000))[0, 1]) < 0.1


def test_rounding_moves_next_to_nothing():
    rows = np.random.default_rng(0).normal(size=(5000, 64))
    nudged = rows * (1 + 1e-7 * np.random.default_rng(1).normal(size=rows.shape))
    assert (shuffled(rows) == shuffled(nudged)).mean() > 0.95
