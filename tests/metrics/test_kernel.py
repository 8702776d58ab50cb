"""The kernel distance against scikit-learn's kernel and against what it should be."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from keras_facegan.errors import UserError
from keras_facegan.metrics.kernel import kernel_distance


def normal(seed, n=1200, d=16, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, size=(n, d)).astype("float32")


def by_sklearn(x, y):
    x, y = x.astype("float64"), y.astype("float64")
    own = []
    for each in (x, y):
        kernel = polynomial_kernel(each, degree=3, coef0=1)
        np.fill_diagonal(kernel, 0)
        own.append(kernel.sum() / (len(each) * (len(each) - 1)))
    return sum(own) - 2 * polynomial_kernel(x, y, degree=3, coef0=1).mean()


def test_a_subset_of_everything_is_the_estimate_by_scikit_learns_kernel():
    real, fake = normal(0, 80), normal(1, 80, shift=0.3)
    mean, deviation = kernel_distance(real, fake, subsets=3, subset_size=80)
    assert mean == pytest.approx(by_sklearn(real, fake), rel=1e-9)
    assert deviation < 1e-12


def test_subsets_of_a_larger_set_average_to_the_estimate_of_the_whole():
    real, fake = normal(0, 2000), normal(1, 1500, shift=0.5)
    mean, deviation = kernel_distance(real, fake, subsets=60, subset_size=300)
    assert mean == pytest.approx(by_sklearn(real, fake), abs=4 * deviation / np.sqrt(60))
    assert 0 < deviation < mean


def test_equal_distributions_are_at_about_no_distance_on_either_side():
    values = [kernel_distance(normal(2 * i), normal(2 * i + 1), 10, 400)[0] for i in range(8)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 0.02 * kernel_distance(normal(0), normal(1, shift=1.0), 10, 400)[0]


def test_the_seed_fixes_the_subsets():
    real, fake = normal(0), normal(1)
    found = [kernel_distance(real, fake, 5, 200, seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("real", "fake", "settings", "message"),
    [
        (normal(0, 400), normal(1), {}, "got 400 real and 1,200 fake: give more, or a subset_size of at most 400"),
        (normal(0), normal(1), {"subset_size": 1}, "subset_size at least 2, got 100 and 1"),
        (normal(0), normal(1), {"subsets": 0}, "subsets must be at least 1"),
        (normal(0), normal(1, d=3), {}, "16 and 3 features"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(real, fake, settings, message):
    with pytest.raises(UserError, match=message):
        kernel_distance(real, fake, **settings)
