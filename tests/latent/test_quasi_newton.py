"""Many problems of L-BFGS-B at once: each is what it would be alone."""

import numpy as np
import pytest
from scipy import optimize

from keras_facegan.latent.quasi_newton import minimise_rows

# Bowls of very different shapes, so that rows stop after different numbers of evaluations.
SCALES = np.array([[1.0, 1.0], [1.0, 50.0], [3.0, 0.2], [1.0, 1.0]])
MINIMA = np.array([[0.5, -1.0], [1.5, 0.25], [-0.5, 2.0], [9.0, 0.0]])
STARTS = np.array([[0.5, -1.0], [-1.0, -1.0], [2.0, 2.0], [0.0, 0.0]])


def bowls(rows, codes):
    gap = codes - MINIMA[rows]
    return (SCALES[rows] * gap**2 + 0.1 * gap**4).sum(axis=1), 2 * SCALES[rows] * gap + 0.4 * gap**3


def test_rows_end_where_scipy_takes_them_alone():
    found = minimise_rows(bowls, STARTS, 3.0, 100)
    assert found.dtype == np.float32
    for row, code in enumerate(found):
        alone = optimize.minimize(
            lambda x, row=row: bowls(np.array([row]), x[None])[0][0], STARTS[row], bounds=[(-3, 3)] * 2
        )
        np.testing.assert_allclose(code, alone.x, atol=2e-3)
    # The last minimum lies outside.
    np.testing.assert_allclose(found[3], [3.0, 0.0], atol=5e-3)


def test_rows_are_evaluated_together_and_stop_alone():
    asked = []

    def evaluate(rows, codes):
        asked.append(rows.tolist())
        return bowls(rows, codes)

    minimise_rows(evaluate, STARTS, 3.0, 100)
    counts = [sum(row in rows for rows in asked) for row in range(len(STARTS))]
    assert asked[0] == [0, 1, 2, 3] and counts[0] < counts[1] == len(asked)
    # A row is evaluated as often as alone.
    for row in range(len(STARTS)):
        before = len(asked)
        minimise_rows(lambda rows, codes, row=row: evaluate(rows + row, codes), STARTS[row : row + 1], 3.0, 100)
        assert len(asked) - before == counts[row]


def test_starts_are_taken_into_the_bounds_and_iterations_end_a_search():
    np.testing.assert_allclose(minimise_rows(bowls, np.full((4, 2), 7.0), 3.0, 100)[3], [3.0, 0.0], atol=5e-3)
    far, near = (bowls(np.arange(4), minimise_rows(bowls, STARTS, 3.0, most))[0] for most in (1, 50))
    assert (near <= far).all() and near[1] < far[1]
    assert minimise_rows(bowls, np.zeros((0, 2)), 3.0, 5).shape == (0, 2)


def test_an_evaluation_that_fails_ends_the_search():
    def evaluate(rows, codes):
        raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        minimise_rows(evaluate, STARTS, 3.0, 10)
