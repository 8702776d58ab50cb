"""The distribution that latent codes are drawn from, in training (seed generator) and in use (plain seed)."""

import math
from typing import Literal

import numpy as np

from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.seam import random

_DRAWS = {
    "normal": (
        lambda rng, shape, scale: scale * rng.standard_normal(shape, dtype=np.float32),
        lambda shape, scale, seed: random.normal(shape, scale, seed=seed),
    ),
    "uniform": (
        lambda rng, shape, scale: scale * (2.0 * rng.random(shape, dtype=np.float32) - 1.0),
        lambda shape, scale, seed: random.uniform(shape, -scale, scale, seed=seed),
    ),
}
LatentName = Literal["normal", "uniform"]


class LatentPrior:
    """Independent latent codes.

    Args:
        latent_dim: Length of a code, >= 1.
        latent: "normal" (standard deviation `latent_range`) or "uniform" (in +-`latent_range`).
        latent_range: Scale of the distribution, > 0; sqrt(3) gives a uniform code unit variance.
    """

    def __init__(self, latent_dim, latent="normal", latent_range=1.0):
        if latent not in _DRAWS:
            raise UserError(f"latent=`{latent}` is not a latent distribution.{did_you_mean(latent, _DRAWS)}")
        if latent_dim < 1:
            raise UserError(f"latent_dim must be at least 1, got {latent_dim}.")
        if not (latent_range > 0 and math.isfinite(latent_range)):
            raise UserError(f"latent_range must be positive, got {latent_range}.")
        self.latent = latent
        self.latent_dim = latent_dim
        self.latent_range = latent_range
        self._sample, self._draw = _DRAWS[latent]

    def sample(self, n, seed):
        """Return float32 (n, latent_dim); code i is the same however many are asked for."""
        return self._sample(np.random.default_rng(seed), (n, self.latent_dim), np.float32(self.latent_range))

    def draw(self, batch_size, seed_generator):
        """Return a fresh float32 tensor (batch_size, latent_dim) and advance the seed generator."""
        return self._draw((batch_size, self.latent_dim), self.latent_range, seed_generator)
