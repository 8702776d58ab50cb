"""The Frechet distance against closed forms and SciPy's matrix root."""

import numpy as np
import pytest
from scipy import linalg

from keras_facegan.errors import UserError
from keras_facegan.metrics.frechet import (
    Statistics,
    frechet_distance,
    frechet_distance_of_statistics,
    statistics,
)


def normal(seed, n=400, d=8, scale=1.0, shift=0.0):
    rng = np.random.default_rng(seed)
    return scale * rng.normal(size=(n, d)) @ np.random.default_rng(9).normal(size=(d, d)) + shift


def by_scipy(real, fake):
    first, second = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    root = linalg.sqrtm(first @ second).real
    return ((real.mean(0) - fake.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root)


def test_distance_is_that_of_scipys_matrix_root():
    real, fake = normal(0), normal(1, n=300, scale=1.5, shift=0.3)
    assert frechet_distance(real, fake) == pytest.approx(by_scipy(real, fake), rel=1e-8)
    assert frechet_distance(fake, real) == pytest.approx(frechet_distance(real, fake), rel=1e-8)


def test_a_set_is_at_no_distance_from_itself():
    assert 0 <= frechet_distance(normal(0), normal(0)) < 1e-6
    flat = normal(0)
    flat[:, 5:] = flat[:, :3] @ np.ones((3, 3))
    assert 0 <= frechet_distance(flat, flat) < 1e-6


@pytest.mark.parametrize(
    ("mean", "covariance", "expected"),
    [([3.0, 4.0], np.eye(2), 25.0), ([0.0, 0.0], 4 * np.eye(2), 2.0), ([0.0, 0.0], np.diag([4.0, 0.0]), 2.0)],
)
def test_distance_from_a_standard_normal_is_the_closed_form(mean, covariance, expected):
    standard = Statistics(np.zeros(2), np.eye(2), 1000)
    other = Statistics(np.asarray(mean), np.asarray(covariance), 1000)
    assert frechet_distance_of_statistics(standard, other) == pytest.approx(expected, rel=1e-12)
    assert frechet_distance_of_statistics(other, standard) == pytest.approx(expected, rel=1e-12)


def test_samples_come_near_the_closed_form():
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=(20_000, 1)), 1 + 2 * rng.normal(size=(20_000, 1))
    assert frechet_distance(real, fake) == pytest.approx(1 + (2 - 1) ** 2, rel=0.05)


def test_statistics_are_numpys_however_many_rows_go_at_a_time(monkeypatch):
    features = normal(0, n=501).astype("float32")
    for rows in (7, 501, 4096):
        monkeypatch.setattr("keras_facegan.metrics.frechet._ROWS", rows)
        found = statistics(features)
        np.testing.assert_allclose(found.mean, features.astype("float64").mean(0), rtol=1e-10)
        np.testing.assert_allclose(found.covariance, np.cov(features.astype("float64"), rowvar=False), rtol=1e-10)
        assert found.n == 501 and found.covariance.dtype == "float64"


def test_order_of_pictures_does_not_matter():
    real, fake = normal(0), normal(1, scale=1.2)
    shuffled = np.random.default_rng(0).permutation(fake)
    assert frechet_distance(real, shuffled) == pytest.approx(frechet_distance(real, fake), rel=1e-9)


def test_a_single_repeated_picture_has_a_real_distance():
    real, fake = normal(0, n=500), np.repeat(normal(1, n=1), 50, axis=0)
    expected = ((real.mean(0) - fake[0]) ** 2).sum() + np.trace(np.cov(real, rowvar=False))
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-8)


def test_too_few_pictures_for_their_features_are_warned_of_and_biased_upwards():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(2000, 32))
    with pytest.warns(UserWarning, match=r"fake has 32 pictures for 32 features.* 1 / n"):
        few = frechet_distance(real, rng.normal(size=(32, 32)))
    many = frechet_distance(real, rng.normal(size=(33, 32)))
    assert few > 5 and many > 5 > frechet_distance(real, rng.normal(size=(2000, 32)))
    with pytest.warns(UserWarning, match="real has 3 pictures"):
        frechet_distance_of_statistics(statistics(real[:3]), statistics(real))


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (normal(0), normal(0, n=1), "fake must come from at least 2 pictures, got 1"),
        (normal(0, d=3), normal(0, d=4), "3 and 4 features a picture"),
        (normal(0)[0], normal(0), r"real must be an array \(n, d\).*got \(8,\)"),
        (np.full((5, 3), np.nan), normal(0, d=3), "real of 5 of 5 pictures are NaN or infinite, first in row 0"),
        (normal(0, d=3), [[0, 0, 0], [0, np.inf, 0]], "fake of 1 of 2 pictures are NaN or infinite, first in row 1"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(real, fake, message):
    with pytest.raises(UserError, match=message) as raised:
        frechet_distance(real, fake)
    assert "\n" not in str(raised.value)


def test_statistics_of_other_extractors_are_refused():
    with pytest.raises(UserError, match="8 and of 3 features"):
        frechet_distance_of_statistics(statistics(normal(0)), statistics(normal(0, d=3)))
