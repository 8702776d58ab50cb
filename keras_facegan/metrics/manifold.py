"""How much of either set lies within the other: precision and recall, density and coverage."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_feature_pair
from keras_facegan.metrics.distances import distance_rows

# A sphere holds what lies on it, whatever rounding says.
_CLOSED = 1 + 1e-9


def precision_recall(real, fake, k=3):
    """Return the share of generated pictures within the real ones' manifold, and of real ones within the generated.

    The manifold of a set is the union of spheres around each feature, out to its k-th nearest neighbour in the set.

    Args:
        real: Array (n, d), n > k.
        fake: Array (m, d), m > k; take m = n, as both values depend on the sizes.
        k: Which neighbour a sphere reaches.

    Returns:
        Precision and recall, both in [0, 1].

    Raises:
        UserError: Shapes do not fit, too few pictures, or a value that is not finite.

    Reference:
        Kynkaanniemi et al. 2019, Improved precision and recall metric for assessing generative models,
        arXiv 1904.06991, section 2.
    """
    real, fake = _checked(real, fake, k)
    real_reach, fake_reach = neighbour_distance(real, k) * _CLOSED, neighbour_distance(fake, k) * _CLOSED
    precise, recalled = np.zeros(len(fake), bool), np.zeros(len(real), bool)
    for rows, squared in distance_rows(fake, real):
        precise[rows] = (squared <= real_reach).any(axis=1)
        recalled |= (squared <= fake_reach[rows, None]).any(axis=0)
    return float(precise.mean()), float(recalled.mean())


def density_coverage(real, fake, k=5):
    """Return how densely generated pictures lie among the real ones, and how many real ones they come near to.

    Only the real pictures have spheres, so outliers among the generated ones cannot raise either value.

    Args:
        real: Array (n, d), n > k.
        fake: Array (m, d), m > k.
        k: Which neighbour a sphere reaches.

    Returns:
        Density, the mean number of real spheres that a generated picture is in over k: 1 for equal distributions, and
        above where pictures gather at the densest places. Coverage, the share of real spheres with a generated
        picture in them, in [0, 1].

    Raises:
        UserError: Shapes do not fit, too few pictures, or a value that is not finite.

    Reference:
        Naeem et al. 2020, Reliable fidelity and diversity metrics for generative models, arXiv 2002.09797, section 3.
    """
    real, fake = _checked(real, fake, k)
    reach = neighbour_distance(real, k) * _CLOSED
    inside, covered = 0, np.zeros(len(real), bool)
    for _, squared in distance_rows(fake, real):
        within = squared <= reach
        inside += int(within.sum())
        covered |= within.any(axis=0)
    return inside / (k * len(fake)), float(covered.mean())


def neighbour_distance(features, k):
    """Return the squared distance (n,) of each row of features (n, d) from its k-th nearest neighbour."""
    reach = np.empty(len(features))
    for rows, squared in distance_rows(features, features):
        # The nearest of all is the row itself.
        squared.partition(k, axis=1)
        reach[rows] = squared[:, k]
    return reach


def _checked(real, fake, k):
    if k < 1:
        raise UserError(f"k must be at least 1, got {k}.")
    return checked_feature_pair(real, fake, at_least=k + 1)
