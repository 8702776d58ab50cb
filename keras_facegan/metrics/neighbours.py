"""The training pictures that samples are nearest to: whether a generator learnt its data or learnt it by heart."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_features
from keras_facegan.metrics.distances import distance_rows


def nearest_neighbours(samples, training, k=1):
    """Return the nearest training pictures of each sample.

    Args:
        samples: Array (n, d), of features or of flattened pictures.
        training: Array (m, d), m >= k.
        k: How many neighbours.

    Returns:
        int array (n, k) of rows of `training`, nearest first, and their distances, float64 (n, k).

    Raises:
        UserError: Shapes do not fit, too few pictures, or a value that is not finite.
    """
    samples, training = checked_features(samples, "samples"), checked_features(training, "training", k)
    if samples.shape[1] != training.shape[1] or k < 1:
        raise UserError(
            f"samples {samples.shape} and training {training.shape} must be (n, d) and (m, d), and k = {k} at least 1."
        )
    indices, distances = np.empty((len(samples), k), int), np.empty((len(samples), k))
    for rows, squared in distance_rows(samples, training):
        nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
        reach = np.take_along_axis(squared, nearest, axis=1)
        order = np.lexsort((nearest, reach), axis=1)
        indices[rows] = np.take_along_axis(nearest, order, axis=1)
        distances[rows] = np.sqrt(np.take_along_axis(reach, order, axis=1))
    return indices, distances
