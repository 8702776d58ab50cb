"""Precision, recall, density and coverage against scikit-learn's neighbours and sets whose values are known."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from keras_facegan.errors import UserError
from keras_facegan.metrics.manifold import density_coverage, neighbour_distance, precision_recall


def normal(seed, n=300, d=4, scale=1.0, shift=0.0):
    return (shift + scale * np.random.default_rng(seed).normal(size=(n, d))).astype("float32")


def inside(spheres, points, k):
    """Return bool (points, spheres) by scikit-learn."""
    search = NearestNeighbors().fit(spheres)
    reach = search.kneighbors(spheres, k + 1)[0][:, k]
    distance, index = search.kneighbors(points, len(spheres))
    found = np.zeros((len(points), len(spheres)), bool)
    np.put_along_axis(found, index, distance <= reach[index], axis=1)
    return found


def test_reach_is_that_of_scikit_learn():
    features = normal(0).astype("float64")
    expected = NearestNeighbors(n_neighbors=4).fit(features).kneighbors(features)[0][:, 3]
    np.testing.assert_allclose(neighbour_distance(features, 3), expected**2, rtol=1e-9)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_values_are_those_of_scikit_learns_neighbours(k):
    real, fake = normal(0).astype("float64"), normal(1, n=250, scale=1.3, shift=0.4).astype("float64")
    in_real, in_fake = inside(real, fake, k), inside(fake, real, k)
    assert precision_recall(real, fake, k) == pytest.approx((in_real.any(1).mean(), in_fake.any(1).mean()))
    expected = in_real.sum(1).mean() / k, in_real.any(0).mean()
    assert density_coverage(real, fake, k) == pytest.approx(expected)
    assert 0.2 < expected[0] < 0.95 and 0.2 < expected[1] < 0.999


def test_a_set_covers_itself_and_nothing_far_away():
    real = normal(0)
    assert precision_recall(real, real) == (1.0, 1.0)
    # Each picture lies in its own sphere, and on average in those of k others.
    assert density_coverage(real, real, k=5) == (pytest.approx(6 / 5), 1.0)
    assert precision_recall(real, real + 100) == (0.0, 0.0)
    assert density_coverage(real, real + 100) == (0.0, 0.0)


def test_one_repeated_real_picture_is_precise_and_recalls_nothing_else():
    real = normal(0)
    precision, recall = precision_recall(real, np.repeat(real[:1], 50, axis=0))
    assert precision == 1.0 and recall == pytest.approx(1 / 300)
    density, coverage = density_coverage(real, np.repeat(real[:1], 50, axis=0))
    assert density > 0.2 and coverage < 0.1


def test_an_outlier_raises_recall_but_not_coverage():
    # The weakness of recall that coverage was made for.
    real, fake = normal(0), normal(1, scale=0.1)
    outliers = np.concatenate([fake, 30 * np.eye(4), -30 * np.eye(4)]).astype("float32")
    assert precision_recall(real, outliers)[1] > 0.9 > 0.5 > precision_recall(real, fake)[1]
    assert density_coverage(real, outliers)[1] == pytest.approx(density_coverage(real, fake)[1], abs=0.01)


def test_equal_distributions_have_density_and_coverage_near_1():
    density, coverage = density_coverage(normal(0, 2000), normal(1, 2000))
    assert density == pytest.approx(1, abs=0.05)
    # 1 - 2^-k for as many fakes as reals: section 3.3 of Naeem et al.
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)


@pytest.mark.parametrize("measure", [precision_recall, density_coverage])
def test_what_has_no_manifold_is_refused(measure):
    with pytest.raises(UserError, match="fake must come from at least 4 pictures, got 3"):
        measure(normal(0), normal(1, n=3), k=3)
    with pytest.raises(UserError, match="k must be at least 1, got 0"):
        measure(normal(0), normal(1), k=0)
    with pytest.raises(UserError, match="4 and 5 features"):
        measure(normal(0), normal(1, d=5))
