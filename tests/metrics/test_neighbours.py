"""Nearest training pictures against scikit-learn's."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.metrics.neighbours import nearest_neighbours


def test_neighbours_are_scikit_learns():
    rng = np.random.default_rng(0)
    samples, training = rng.normal(size=(40, 12)), rng.normal(size=(600, 12))
    distances, indices = NearestNeighbors(n_neighbors=5).fit(training).kneighbors(samples)
    found, reach = nearest_neighbours(samples, training, k=5)
    np.testing.assert_array_equal(found, indices)
    np.testing.assert_allclose(reach, distances, rtol=1e-9)


def test_a_picture_learnt_by_heart_is_found_at_distance_0():
    training = np.random.default_rng(0).normal(size=(50, 30)).astype("float32")
    indices, distances = nearest_neighbours(training[[7, 3]], training)
    assert indices.tolist() == [[7], [3]] and (distances == 0).all()


@pytest.mark.parametrize(("shape", "k"), [((4, 3), 1), ((4, 2), 0)])
def test_what_has_no_neighbours_is_refused(shape, k):
    with pytest.raises(UserError, match=rf"samples \(9, 2\).*k = {k} at least 1"):
        nearest_neighbours(np.zeros((9, 2)), np.zeros(shape), k)


def test_fewer_pictures_than_neighbours_are_too_few():
    with pytest.raises(TooFewPicturesError, match="training must come from at least 5 pictures, got 4"):
        nearest_neighbours(np.zeros((9, 2)), np.zeros((4, 2)), 5)
