"""Log-likelihoods against SciPy, and the divergence of two normal distributions by its definition."""

import numpy as np
import pytest
from scipy import stats

from keras_facegan.losses.likelihood import bernoulli, divergence_from_normal, gaussian

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 3, (4, 3, 2, 1)).astype("float32")
BINARY = np.where(RNG.random(LOGITS.shape) < 0.5, -1.0, 1.0).astype("float32")


def test_bernoulli_is_that_of_scipy():
    expected = stats.bernoulli.logpmf((BINARY + 1) / 2, 1 / (1 + np.exp(-LOGITS.astype("float64")))).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(bernoulli(BINARY, LOGITS), expected, rtol=1e-5)


def test_probabilities_of_all_black_and_white_pictures_add_up_to_one():
    logits = LOGITS.reshape(-1)[:8]
    pictures = np.array(list(np.ndindex(*[2] * 8)), "float32") * 2 - 1
    assert np.exp(np.asarray(bernoulli(pictures, np.tile(logits, (256, 1))))).sum() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    "log_sigma", [np.float32(-1.5), np.float32(0.7), RNG.normal(0, 1, (4, 1, 1, 1)).astype("float32")]
)
def test_gaussian_is_that_of_scipy(log_sigma):
    values, means = RNG.normal(size=(2, 4, 3, 2, 1)).astype("float32")
    expected = stats.norm.logpdf(values, means, np.exp(log_sigma)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(gaussian(values, means, log_sigma), expected, rtol=1e-5)


def test_the_divergence_is_a_mean_of_log_ratios():
    mean, log_variance = RNG.normal(size=(2, 3, 5)).astype("float32")
    x = np.linspace(-60, 60, 200_001)[:, None, None]
    log_q = stats.norm.logpdf(x, mean, np.exp(log_variance / 2))
    gap = np.exp(log_q) * (log_q - stats.norm.logpdf(x))
    expected = (gap.sum(axis=0) * (x[1, 0, 0] - x[0, 0, 0])).sum(axis=1)
    np.testing.assert_allclose(divergence_from_normal(mean, log_variance), expected, rtol=1e-4)
    assert np.asarray(divergence_from_normal(np.zeros((2, 3), "float32"), np.zeros((2, 3), "float32"))).tolist() == [
        0,
        0,
    ]
