"""How far a mean over pictures could have come out otherwise."""

import numpy as np

from keras_facegan.errors import UserError


def bootstrap_interval(values, confidence=0.95, resamples=1000, seed=0):
    """Return the interval that the mean of so many pictures falls into with a given confidence.

    Args:
        values: Array (n,), one value a picture, such as whether it was taken for the same person.
        confidence: Share of the resampled means that the interval holds, in (0, 1).
        resamples: How often n of the n pictures are drawn with repetition.
        seed: Fixes the draws.

    Returns:
        Lower and upper end; the percentiles of the resampled means. Equal values leave no room: the interval is then a
        point, however few they are.

    Raises:
        UserError: Another shape, or a value that is not finite.
    """
    values = np.sort(np.asarray(values, "float64"))
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise UserError(f"values must be an array (n,) of finite numbers, n >= 1, got {values.shape}.")
    if not 0 < confidence < 1:
        raise UserError(f"confidence must be between 0 and 1, got {confidence}.")
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
