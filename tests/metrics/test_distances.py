"""Blocks of distances against SciPy's."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_facegan.metrics import distances
from keras_facegan.metrics.distances import distance_rows


def whole(a, b):
    return np.concatenate([block for _, block in distance_rows(a, b)])


@pytest.mark.parametrize(("values", "columns"), [(4_000_000, 2048), (40, 7), (1, 1)])
def test_blocks_of_any_size_are_scipys_distances(monkeypatch, values, columns):
    monkeypatch.setattr(distances, "_VALUES", values)
    monkeypatch.setattr(distances, "_COLUMNS", columns)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(23, 5)).astype("float32"), rng.normal(100, 1, size=(17, 5))
    np.testing.assert_allclose(whole(a, b), cdist(a, b, "sqeuclidean"), rtol=1e-9)
    slices = [rows for rows, _ in distance_rows(a, b)]
    assert [index for rows in slices for index in range(rows.start, rows.stop)] == list(range(23))


def test_equal_rows_are_at_no_distance_even_far_from_the_origin():
    a = np.random.default_rng(1).normal(1e4, 1e-2, size=(50, 700))
    squared = whole(a, a)
    assert (squared.diagonal() == 0).all()
    np.testing.assert_allclose(squared, cdist(a, a, "sqeuclidean"), rtol=1e-6)
    assert (squared[~np.eye(50, dtype=bool)] > 0).all()
