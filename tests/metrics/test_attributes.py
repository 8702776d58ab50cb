"""Errors of attributes against scikit-learn's."""

import warnings

import numpy as np
import pytest
from sklearn import metrics

from keras_facegan.errors import UserError
from keras_facegan.metrics.attributes import hamming_loss, macro_f1, majority_hamming_loss

RNG = np.random.default_rng(0)
TRUTH = RNG.random((200, 6)) < [0.05, 0.2, 0.4, 0.6, 0.9, 0.5]
PROBABILITIES = np.clip(TRUTH + RNG.normal(0, 0.5, TRUTH.shape), 0, 1)


@pytest.mark.parametrize("truth", [TRUTH, TRUTH.astype("float32"), np.where(TRUTH, 1, -1)])
def test_values_are_scikit_learns(truth):
    told = PROBABILITIES > 0.5
    assert hamming_loss(PROBABILITIES, truth) == pytest.approx(metrics.hamming_loss(TRUTH, told))
    assert macro_f1(PROBABILITIES, truth) == pytest.approx(metrics.f1_score(TRUTH, told, average="macro"))
    assert 0.05 < hamming_loss(PROBABILITIES, truth) < 0.3


def test_a_tie_is_a_no():
    assert hamming_loss([[0.5, 0.5]], [[0, 1]]) == 0.5


def test_an_attribute_that_nobody_has_counts_as_0():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert macro_f1([[0.9, 0.1]], [[1, 0]]) == 0.5


def test_the_baseline_tells_the_commoner_answer():
    rates = TRUTH.mean(axis=0)
    assert majority_hamming_loss(TRUTH, TRUTH) == pytest.approx(np.minimum(rates, 1 - rates).mean())
    # Learnt on other data, where the first is common and the second a tie.
    assert majority_hamming_loss([[0, 0], [0, 1]], [[1, 1], [1, -1]]) == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("probabilities", "truth", "message"),
    [
        ([[2.0]], [[1]], r"in \[0, 1\]; logits need a sigmoid"),
        ([[0.5]], [[2]], r"truth must hold 0 and 1, or -1 and 1, got \[2\]"),
        ([[0.5]], [[1, 0]], "must have one shape"),
        ([[np.nan]], [[1]], "NaN"),
    ],
)
def test_what_are_no_attributes_is_refused(probabilities, truth, message):
    with pytest.raises(UserError, match=message):
        hamming_loss(probabilities, truth)
