"""The Frechet distance of two sets of features, as if each were a normal distribution."""

import typing
import warnings

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_feature_pair, checked_features

_ROWS = 4096


class Statistics(typing.NamedTuple):
    """All that the distance needs to know of a set of features.

    Args:
        mean: float64 array (d,).
        covariance: float64 array (d, d), unbiased.
        n: Number of pictures.
    """

    mean: np.ndarray
    covariance: np.ndarray
    n: int


def statistics(features):
    """Return the `Statistics` of features, float64 whatever their dtype.

    Args:
        features: Array (n, d), n >= 2.

    Raises:
        UserError: Another shape, one picture only, or a value that is not finite.
    """
    features = checked_features(features, at_least=2)
    mean = features.mean(axis=0, dtype="float64")
    covariance = np.zeros((len(mean), len(mean)))
    for start in range(0, len(features), _ROWS):
        centred = features[start : start + _ROWS] - mean
        covariance += centred.T @ centred
    return Statistics(mean, covariance / (len(features) - 1), len(features))


def frechet_distance(real, fake):
    """Return the squared Frechet distance of two sets of features: FID, where the features are Inception's.

    Its expectation lies above the distance of the two distributions, by an amount that falls as 1 / n: compare values
    of equal n alone, and of one extractor alone.

    Args:
        real: Array (n, d), n >= 2; more than d, or a warning says what that does.
        fake: Array (m, d), likewise.

    Returns:
        Float >= 0.

    Raises:
        UserError: Shapes do not fit, fewer than two pictures, or a value that is not finite.

    Reference:
        Heusel et al. 2017, GANs trained by a two time-scale update rule, arXiv 1706.08500, equation 6.
    """
    real, fake = checked_feature_pair(real, fake, at_least=2)
    return _distance(statistics(real), statistics(fake))


def frechet_distance_of_statistics(real, fake):
    """Return the squared Frechet distance of two `Statistics`, so that those of a reference are taken once.

    Args:
        real: `Statistics` of d features.
        fake: `Statistics` of as many.

    Raises:
        UserError: The numbers of features differ.
    """
    if real.mean.shape != fake.mean.shape:
        raise UserError(
            f"Statistics of {real.mean.size:,} and of {fake.mean.size:,} features a picture: take both from the same "
            "extractor."
        )
    return _distance(real, fake)


def _distance(real, fake):
    for name, each in (("real", real), ("fake", fake)):
        if each.n <= each.mean.size:
            warnings.warn(
                f"{name} has {each.n:,} pictures for {each.mean.size:,} features, so its covariance is singular and "
                "the Frechet distance too large, by an amount that falls as 1 / n: give more pictures, or compare "
                "with values of the same n alone.",
                stacklevel=3,
            )
    # The eigenvalues of S1 S2 are those of the symmetric S1^(1/2) S2 S1^(1/2), whose roots cannot turn complex.
    root = _root(real.covariance)
    product = root @ fake.covariance @ root
    of_root = np.sqrt(_positive(np.linalg.eigvalsh((product + product.T) / 2))).sum()
    shift = real.mean - fake.mean
    distance = shift @ shift + np.trace(real.covariance) + np.trace(fake.covariance) - 2 * of_root
    return max(float(distance), 0.0)


def _root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(_positive(values))) @ vectors.T


def _positive(eigenvalues):
    """Return eigenvalues with those that rounding alone has made, of either sign, set to zero."""
    noise = eigenvalues.max(initial=0.0) * len(eigenvalues) * np.finfo("float64").eps
    return np.where(eigenvalues > noise, eigenvalues, 0.0)
