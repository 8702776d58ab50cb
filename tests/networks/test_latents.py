"""Latent codes: their distribution, their seeds, and what is refused."""

import keras
import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.networks.latents import LatentPrior


def both(prior, n=20_000):
    """Codes as they are drawn in use and in training."""
    return prior.sample(n, 0), np.asarray(prior.draw(n, keras.random.SeedGenerator(0)))


def test_normal_codes_have_their_standard_deviation():
    for codes in both(LatentPrior(5, "normal", 2.0)):
        assert codes.shape == (20_000, 5) and codes.dtype == np.float32
        np.testing.assert_allclose(codes.mean(axis=0), 0.0, atol=0.08)
        np.testing.assert_allclose(codes.std(axis=0), 2.0, rtol=0.03)
        # The normal distribution's kurtosis is 3, the uniform's 1.8.
        assert np.mean((codes / 2.0) ** 4) == pytest.approx(3.0, abs=0.2)


def test_uniform_codes_fill_their_interval():
    for codes in both(LatentPrior(5, "uniform", 3**0.5)):
        assert codes.dtype == np.float32
        assert -(3**0.5) <= codes.min() < -1.72 and 1.72 < codes.max() <= 3**0.5
        np.testing.assert_allclose(codes.std(axis=0), 1.0, rtol=0.03)
        assert np.mean(codes**4) == pytest.approx(1.8, abs=0.1)


@pytest.mark.parametrize("latent", ["normal", "uniform"])
def test_a_code_does_not_depend_on_how_many_are_asked_for(latent):
    prior = LatentPrior(7, latent)
    codes = prior.sample(10, seed=3)
    np.testing.assert_array_equal(prior.sample(4, seed=3), codes[:4])
    assert (prior.sample(10, seed=4) != codes).all()
    assert prior.sample(0, seed=3).shape == (0, 7)


def test_drawing_advances_the_seed_generator():
    prior, seed = LatentPrior(3), keras.random.SeedGenerator(1)
    first, second = prior.draw(4, seed), prior.draw(4, seed)
    assert (np.asarray(first) != np.asarray(second)).all()
    np.testing.assert_array_equal(prior.draw(4, keras.random.SeedGenerator(1)), first)


def test_training_codes_are_float32_under_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert LatentPrior(3).draw(2, keras.random.SeedGenerator(0)).dtype == "float32"
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, "norml"), "Did you mean `normal`"),
        ((0,), "latent_dim must be at least 1"),
        ((8, "normal", 0.0), "latent_range must be positive"),
        ((8, "normal", float("inf")), "latent_range must be positive"),
        ((8, "normal", float("nan")), "latent_range must be positive"),
    ],
)
def test_wrong_settings_are_said(arguments, message):
    with pytest.raises(UserError, match=message):
        LatentPrior(*arguments)
