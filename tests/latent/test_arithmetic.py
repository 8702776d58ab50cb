"""Attributes as differences of mean codes."""

import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.latent.arithmetic import add_attribute, attribute_vector
from keras_facegan.latent.inversion import invert
from tests.latent.linear import linear_model

RNG = np.random.default_rng(0)


def test_a_direction_that_was_put_in_is_found():
    direction = RNG.standard_normal(50)
    has = RNG.random(4000) < 0.3
    codes = RNG.standard_normal((4000, 50)) + has[:, None] * direction
    vector = attribute_vector(codes, has)
    assert vector.dtype == np.float32 and vector.shape == (50,)
    # The standard error of a difference of means.
    error = np.sqrt(1 / has.sum() + 1 / (~has).sum())
    assert np.abs(vector - direction).max() < 4.5 * error
    np.testing.assert_allclose(attribute_vector(codes, ~has), -vector, rtol=1e-6)


def test_adding_and_taking_away():
    codes, vector = RNG.standard_normal((3, 4)).astype("float32"), np.arange(4.0)
    np.testing.assert_allclose(add_attribute(codes, vector), codes + vector, rtol=1e-6)
    np.testing.assert_allclose(add_attribute(add_attribute(codes, vector), vector, -1), codes, atol=1e-6)
    series = add_attribute(codes[0], vector, np.linspace(0, 1, 5)[:, None])
    assert series.shape == (5, 4) and series.dtype == np.float32
    np.testing.assert_allclose(series[2], codes[0] + vector / 2, atol=1e-6)


def test_with_minus_without_in_pictures():
    model, matrix, _ = linear_model()
    plain = model.sample_latents(3, seed=1)
    direction = np.array([0.5, -0.5, 0.2, 0.0, 0.3, -0.1])
    pictures = model.decode(np.concatenate([plain[:2], plain[:2] + direction]))
    latents = invert(model, pictures, steps=1500, restarts=1).latents
    changed = add_attribute(plain[2], attribute_vector(latents, np.array([False, False, True, True])))
    seen = (model.decode(changed[None]) - model.decode(plain[2:]))[0].reshape(-1)
    np.testing.assert_allclose(seen, matrix @ direction, atol=2e-3)


@pytest.mark.parametrize(
    ("has", "message"),
    [
        (np.ones(3, bool), "All of 3 pictures have it"),
        (np.zeros(3, bool), "None of 3 pictures have it"),
        (np.ones(2, bool), "one bool per code"),
        (np.array([0, 1, 1]), "one bool per code"),
    ],
)
def test_what_is_refused(has, message):
    with pytest.raises(UserError, match=message):
        attribute_vector(np.zeros((3, 4)), has)
