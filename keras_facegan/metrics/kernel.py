"""The kernel distance of two sets of features: an estimate without bias, so small sets may be compared too."""

import numpy as np

from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.metrics.checks import checked_feature_pair
from keras_facegan.metrics.order import shuffled


def kernel_distance(real, fake, subsets=100, subset_size=1000, seed=0):
    """Return the squared maximum mean discrepancy under the kernel (a b / d + 1)^3: KID, with Inception's features.

    Args:
        real: Array (n, d), n >= `subset_size`.
        fake: Array (m, d), m >= `subset_size`.
        subsets: How many subsets of either set are drawn, each without repetition.
        subset_size: Pictures in a subset, >= 2.
        seed: Fixes what is drawn.

    Returns:
        Mean over the subsets, about 0 for equal distributions and at times below, and their standard deviation, which
        says little where the sets are hardly larger than a subset.

    Raises:
        UserError: Shapes do not fit, too few pictures, or a value that is not finite.

    Reference:
        Binkowski et al. 2018, Demystifying MMD GANs, arXiv 1801.01401, section 4.
    """
    if subsets < 1 or subset_size < 2:
        raise UserError(f"subsets must be at least 1 and subset_size at least 2, got {subsets} and {subset_size}.")
    real, fake = checked_feature_pair(real, fake)
    least = min(len(real), len(fake))
    if least < subset_size:
        raise TooFewPicturesError(
            f"Subsets of {subset_size:,} need as many pictures, got {len(real):,} real and {len(fake):,} fake: give "
            f"more, or a subset_size of at most {least:,}."
        )
    real, fake = real[shuffled(real)], fake[shuffled(fake)]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(subsets):
        x, y = (rows[rng.choice(len(rows), subset_size, replace=False)].astype("float64") for rows in (real, fake))
        values.append(_unequal_mean(x) + _unequal_mean(y) - 2.0 * _kernel(x, y).mean())
    return float(np.mean(values)), float(np.std(values))


def _kernel(x, y):
    base = x @ y.T
    base /= x.shape[1]
    base += 1.0
    # Two products take a tenth of the time of a power.
    return np.multiply(base * base, base, out=base)


def _unequal_mean(x):
    """Return the mean of the kernel over pairs of different rows."""
    values = _kernel(x, x)
    return (values.sum() - values.trace()) / (len(x) * (len(x) - 1))
