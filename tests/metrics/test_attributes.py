"""Errors of attributes against their definitions, in NumPy."""

import warnings

import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.metrics.attributes import hamming_loss, macro_f1, majority_hamming_loss

RNG = np.random.default_rng(0)
TRUTH = RNG.random((200, 6)) < [0.05, 0.2, 0.4, 0.6, 0.9, 0.5]
PROBABILITIES = np.clip(TRUTH + RNG.normal(0, 0.5, TRUTH.shape), 0, 1)


@pytest.mark.parametrize("truth", [TRUTH, TRUTH.astype("float32"), np.where(TRUTH, 1, -1)])
def test_values_are_those_of_the_definitions(truth):
    told = PROBABILITIES > 0.5
    assert hamming_loss(PROBABILITIES, truth) == pytest.approx(np.mean(told != TRUTH))
    assert 0.05 < hamming_loss(PROBABILITIES, truth) < 0.3
    precision = (told & TRUTH).sum(axis=0) / told.sum(axis=0)
    recall = (told & TRUTH).sum(axis=0) / TRUTH.sum(axis=0)
    assert macro_f1(PROBABILITIES, truth) == pytest.approx(np.mean(2 * precision * recall / (precision + recall)))
    # Nothing but the attribute itself counts: a rare one that is never told has 0, however often "no" is right.
    assert macro_f1(np.zeros_like(PROBABILITIES), truth) == 0


def test_a_single_attribute_is_scored_as_one_of_many():
    # One hit, one false alarm: precision 1/2, recall 1.
    assert macro_f1([[0.9], [0.1], [0.9]], [[1], [0], [0]]) == pytest.approx(2 / 3)
    assert hamming_loss([[0.9], [0.1], [0.9]], [[1], [0], [0]]) == pytest.approx(1 / 3)


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
