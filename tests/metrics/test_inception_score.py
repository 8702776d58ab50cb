"""The classifier score against its bounds and SciPy's divergence."""

import numpy as np
import pytest
from scipy import stats

from keras_facegan.errors import UserError
from keras_facegan.metrics.inception_score import classifier_score


def test_one_class_for_all_is_1_and_sure_of_each_of_many_is_their_number():
    assert classifier_score(np.tile([0.0, 1.0, 0.0], (50, 1))) == (pytest.approx(1), pytest.approx(0))
    assert classifier_score(np.full((50, 7), 1 / 7)) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert classifier_score(np.eye(10).repeat(30, axis=0), splits=1)[0] == pytest.approx(10)


def test_score_is_scipys_divergence_from_the_mean():
    probabilities = np.random.default_rng(0).dirichlet(np.full(6, 0.3), 200)
    divergence = stats.entropy(probabilities, probabilities.mean(axis=0), axis=1).mean()
    assert classifier_score(probabilities, splits=1)[0] == pytest.approx(np.exp(divergence), rel=1e-9)


def test_each_split_has_its_own_mean_and_all_classes():
    # Made class by class: parts taken in order would see one class each, and score 1.
    mean, deviation = classifier_score(np.eye(4).repeat(250, axis=0), splits=10)
    assert 3.8 < mean < 4 and 0 < deviation < 0.2


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (np.full((20, 3), 0.5), "add up to 1"),
        (np.tile([1.5, -0.5], (20, 1)), "at least 0"),
        (np.eye(5), "at least 10 pictures, got 5"),
        (np.full((20, 3), np.nan), "NaN"),
    ],
)
def test_what_are_no_probabilities_is_refused(probabilities, message):
    with pytest.raises(UserError, match=message):
        classifier_score(probabilities)
