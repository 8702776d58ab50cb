"""How unlike each other the pictures of one set are: what a collapsed generator lacks."""

import numpy as np

from keras_facegan.errors import TooFewPicturesError
from keras_facegan.metrics.checks import checked_features, checked_images
from keras_facegan.metrics.distances import distance_rows
from keras_facegan.metrics.order import shuffled
from keras_facegan.metrics.similarity import multiscale_ssim


def picture_similarity(images, pairs=100, seed=0):
    """Return the mean multi-scale SSIM of pairs of pictures drawn at random; give pictures of one class.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1], n >= 2, H and W at least 11.
        pairs: How many pairs of different pictures are drawn.
        seed: Fixes which.

    Returns:
        Float in [0, 1]: 1 where all are equal; compare it with that of training pictures of the class.

    Raises:
        UserError: Another shape or range, or one picture only.

    Reference:
        Odena, Olah, Shlens 2017, Conditional image synthesis with auxiliary classifier GANs, arXiv 1610.09585,
        section 4.2.
    """
    images = checked_images(images)
    if len(images) < 2:
        raise TooFewPicturesError("A pair takes two pictures, got 1.")
    rng, order = np.random.default_rng(seed), shuffled(images)
    first = rng.integers(0, len(images), pairs)
    second = (first + rng.integers(1, len(images), pairs)) % len(images)
    return float(multiscale_ssim(images[order[first]], images[order[second]]).mean())


def mean_distance(features):
    """Return the mean Euclidean distance over all pairs of different rows of features (n, d), n >= 2."""
    features = checked_features(features, at_least=2)
    total = sum(np.sqrt(squared).sum() for _, squared in distance_rows(features, features))
    return float(total / (len(features) * (len(features) - 1)))


def duplicate_rate(features, threshold):
    """Return the share of pictures that have another one nearer than a threshold.

    Args:
        features: Array (n, d), n >= 2.
        threshold: Euclidean distance below which two pictures count as one, >= 0.

    Raises:
        UserError: Another shape, one picture only, or a value that is not finite.
    """
    features = checked_features(features, at_least=2)
    duplicates = 0
    for rows, squared in distance_rows(features, features):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = np.inf
        duplicates += int((squared.min(axis=1) < threshold**2).sum())
    return duplicates / len(features)
