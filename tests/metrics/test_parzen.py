"""Log-likelihoods against SciPy's and a Gaussian worked out by hand."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.neighbors import KernelDensity

from keras_facegan.errors import UserError
from keras_facegan.metrics.parzen import SIGMAS, log_likelihoods, parzen_log_likelihood

RNG = np.random.default_rng(0)


def test_one_sample_is_a_standard_normal():
    assert log_likelihoods(np.zeros((1, 1)), np.zeros((1, 1)), [1.0]) == pytest.approx(-0.9189, abs=1e-4)


def test_densities_are_scipys_and_scikit_learns():
    data, samples = RNG.normal(size=(30, 3)), RNG.normal(size=(50, 3)).astype("float32")
    found = log_likelihoods(data, samples, [0.3, 0.7])
    each = stats.norm.logpdf(data[:, None], samples.astype("float64"), 0.7).sum(axis=-1)
    np.testing.assert_allclose(found[1], special.logsumexp(each, axis=1) - np.log(50), rtol=1e-9)
    np.testing.assert_allclose(found[0], KernelDensity(bandwidth=0.3).fit(samples).score_samples(data), rtol=1e-6)


def test_far_data_has_a_finite_density():
    found = log_likelihoods(np.full((1, 784), 10.0), np.zeros((2, 784)), [0.1])[0, 0]
    assert found == pytest.approx(-784 * 100 / 0.02 - 784 * np.log(0.1 * np.sqrt(2 * np.pi)), rel=1e-9)


def test_the_width_is_chosen_on_validation_data_and_the_test_data_tells_the_value():
    samples, validation, test = RNG.normal(size=(800, 2)), RNG.normal(size=(100, 2)), RNG.normal(size=(300, 2))
    found = parzen_log_likelihood(samples, validation, test)
    tried = [log_likelihoods(validation, samples, [sigma]).mean() for sigma in SIGMAS]
    assert found["sigma"] == SIGMAS[int(np.argmax(tried))] and 0.1 < found["sigma"] < 1
    assert found["validation"] == pytest.approx(max(tried))
    values = log_likelihoods(test, samples, [found["sigma"]])[0]
    assert found["log_likelihood"] == pytest.approx(values.mean())
    assert found["standard_error"] == pytest.approx(values.std() / np.sqrt(300))
    # A kernel estimate from 800 samples comes close to the truth, the negative entropy.
    assert found["log_likelihood"] == pytest.approx(-np.log(2 * np.pi * np.e), abs=0.15)


def test_the_grid_is_that_of_the_first_gans():
    assert len(SIGMAS) == 10 and SIGMAS[0] == pytest.approx(0.1) and SIGMAS[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("data", "samples", "sigmas", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4)), [1.0], "as many columns"),
        (np.zeros((3, 2)), np.zeros((3, 2)), [0.0], "widths above 0"),
        (np.zeros((3, 2)), np.zeros((3, 2)), [], "one or more widths"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), [1.0], "data of 3 of 3 pictures are NaN"),
    ],
)
def test_what_has_no_density_is_refused(data, samples, sigmas, message):
    with pytest.raises(UserError, match=message):
        log_likelihoods(data, samples, sigmas)
