"""Levels: their values, their probabilities, and draws by them."""

import numpy as np
import pytest
from keras import ops

from keras_facegan.data.images import to_float
from keras_facegan.networks.levels import Levels


def test_levels_are_the_values_of_bytes():
    numbers = np.arange(256)
    np.testing.assert_array_equal(Levels(256).floats(numbers), to_float(numbers.astype("uint8")))
    assert Levels(2).floats(np.array([0, 1])).tolist() == [-1.0, 1.0]


def test_two_levels_have_the_probabilities_of_a_sigmoid():
    logits = np.array([-30.0, -1.0, 0.0, 2.0], "float32").reshape(1, 2, 2, 1)
    for value, sign in ((1.0, 1), (-1.0, -1)):
        seen = Levels(2).log_prob(ops.convert_to_tensor(logits), np.full((1, 2, 2, 1), value, "float32"))
        np.testing.assert_allclose(seen, -np.log1p(np.exp(-sign * logits.astype("float64"))), rtol=1e-5)


def test_many_levels_have_the_probabilities_of_a_softmax():
    logits = np.random.default_rng(0).normal(size=(1, 1, 256, 1, 256)).astype("float32")
    images = to_float(np.arange(256, dtype="uint8")).reshape(1, 1, 256, 1)
    seen = np.asarray(Levels(256).log_prob(ops.convert_to_tensor(logits), images)).ravel()
    rows = logits[0, 0, :, 0].astype("float64")
    expected = np.diag(rows) - np.log(np.exp(rows).sum(axis=1))
    np.testing.assert_allclose(seen, expected, atol=1e-5)


def test_draws_cut_the_unit_interval_by_the_probabilities():
    binary = Levels(2)
    # Sigmoid(0) is a half: below it white.
    assert binary.draw(np.zeros((3, 1)), np.array([0.0, 0.4999, 0.5])).tolist() == [1.0, 1.0, -1.0]
    logits = np.full((4, 256), -1e9)
    logits[:, 10] = logits[:, 20] = 0.0
    drawn = Levels(256).draw(logits, np.array([0.0, 0.4999, 0.5001, 1 - 1e-12]))
    np.testing.assert_array_equal(drawn, Levels(256).floats(np.array([10, 10, 20, 20])))


@pytest.mark.parametrize("count", [2, 256])
def test_levels_pass_their_own_check(count):
    Levels(count).check(Levels(count).floats(np.arange(count)), "mine")
    Levels(count).check(np.empty((0, 3)), "mine")
